with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

quarantined_rows as (
    select * from {{ ref('stg_ledger__quarantined_row') }}
),

-- by the judgement that counts; a fault of the whole file has no row
final as (
    select distinct  -- a row with two faults is listed twice
        quarantined_rows.submission_id,
        quarantined_rows.sheet,
        quarantined_rows.row_number
    from quarantined_rows
    inner join deliveries using (submission_id, night)
    where deliveries.is_served and quarantined_rows.row_number is not null
)

select * from final
