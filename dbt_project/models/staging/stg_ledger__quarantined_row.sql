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
        "row" as row_number,
        "column" as column_name,
        "value" as found_value,
        rule,
        guidance
    from quarantined_rows
)

select * from final
