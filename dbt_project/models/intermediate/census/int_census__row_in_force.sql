with

census_rows as (
    select * from {{ ref('stg_census__school') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

quarantined_rows as (
    select * from {{ ref('stg_ledger__quarantined_row') }}
),

-- by the judgement that counts; a fault of the whole file has no row
left_out as (
    select distinct  -- a row with two faults is listed twice
        quarantined_rows.submission_id,
        quarantined_rows.sheet,
        quarantined_rows.row_number
    from quarantined_rows
    inner join deliveries using (submission_id, night)
    where deliveries.is_served and quarantined_rows.row_number is not null
),

candidates as (
    select
        census_rows.*,
        coverage.delivery_night
    from census_rows
    inner join coverage using (submission_id, county_code, school_year)
    left join left_out
        on
            {{ is_same_row('census_rows', 'left_out') }}
    where coverage.source = 'school_census' and left_out.submission_id is null
),

school_nights as (
    select
        county_code,
        school_year,
        school_code,
        max(delivery_night) as delivery_night
    from candidates
    group by county_code, school_year, school_code
),

final as (
    select candidates.*
    from candidates
    inner join school_nights using (county_code, school_year, school_code, delivery_night)
)

select * from final
