with

inventory as (
    select * from {{ source('ledger', 'inventory') }}
),

final as (
    select
        submission_id as evidence_id,
        path as file_name,
        sha256,
        area_prefix,
        since as delivery_night,
        school_year,
        labels,
        cast(valid_until as date) as valid_until
    from inventory
    where coalesce(is_evidence, false)
)

select * from final
