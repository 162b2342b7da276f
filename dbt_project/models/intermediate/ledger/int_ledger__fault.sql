with

quarantined_rows as (
    select * from {{ ref('stg_ledger__quarantined_row') }}
),

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

latest_judgements as (
    select
        submission_id,
        max(night) as night
    from deliveries
    group by submission_id
),

final as (
    select
        quarantined_rows.*,
        -- two faults may name the same place and rule: numbered, in an order of their own content
        cast(row_number() over (
            partition by quarantined_rows.submission_id
            order by
                quarantined_rows.sheet, quarantined_rows.row_number, quarantined_rows.column_name, quarantined_rows.rule,
                quarantined_rows.found_value, quarantined_rows.guidance
        ) as integer) as fault_number
    from quarantined_rows
    inner join latest_judgements using (submission_id, night)
)

select * from final
