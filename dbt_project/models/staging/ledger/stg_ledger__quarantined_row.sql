with

quarantined_rows as (
    select * from {{ source('ledger', 'quarantined_rows') }}
),

final as (
    select
        cast(night as integer) as night,
        submission_id,
        file_name,
        sheet,
        {{ column_named('row') }} as row_number,
        {{ column_named('column') }} as column_name,
        {{ column_named('value') }} as found_value,
        rule,
        guidance
    from quarantined_rows
)

select * from final
