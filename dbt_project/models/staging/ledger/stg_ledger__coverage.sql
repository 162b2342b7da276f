with

coverage as (
    select * from {{ source('ledger', 'coverage') }}
),

final as (
    select
        submission_id,
        cast(delivery_night as integer) as delivery_night,
        cast(night as integer) as night,
        source,
        covers,
        county_code,
        cast(school_year as integer) as school_year,
        rows as row_count
    from coverage
)

select * from final
