with

deliveries as (
    select * from {{ ref('int_checks__delivery') }}
),

areas as (
    select * from {{ ref('areas') }}
),

expected_sources as (
    select * from {{ ref('expected_sources') }}
),

checks as (
    select * from {{ ref('stg_run__check') }}
),

counties as (
    select distinct  -- every county and year of which anything was delivered
        county_code,
        school_year
    from deliveries
),

sources as (
    select distinct source  -- a source has a row for each of its checks
    from checks
),

-- a code that two systems know owes what either of them asks for
owed as (
    select distinct
        counties.county_code,
        counties.school_year,
        expected_sources.source
    from counties
    inner join areas on counties.county_code = areas.area_code
    inner join expected_sources on areas.system = expected_sources.area_system
    where expected_sources.is_required
),

delivered as (
    select
        county_code,
        school_year,
        source,
        count(distinct submission_id) as submissions
    from deliveries
    group by county_code, school_year, source
),

final as (
    select
        counties.county_code,
        counties.school_year,
        sources.source,
        owed.source is not null as is_owed,
        coalesce(delivered.submissions, 0) as submissions
    from counties
    cross join sources
    left join owed using (county_code, school_year, source)
    left join delivered using (county_code, school_year, source)
)

select * from final
