with

faults as (
    select * from {{ ref('int_ledger__fault') }}
),

final as (
    select
        submission_id,
        fault_number,
        file_name as file,
        sheet,
        row_number as {{ column_named('row') }},
        column_name as {{ column_named('column') }},
        found_value as {{ column_named('value') }},
        rule,
        guidance
    from faults
)

select * from final
