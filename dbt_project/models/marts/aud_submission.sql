with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

contents as (
    select * from {{ ref('stg_ledger__coverage') }}
),

census_rows as (
    select * from {{ ref('int_census__row_in_force') }}
),

-- the census is in force school by school, every other source by what the submission covers
submissions_in_force as (
    select submission_id
    from census_rows
    union
    select submission_id
    from coverage
    where source <> 'school_census'
),

-- the one county and year a file holds; a file of many, or one refused unread, is known by the folder it lay in
single_places as (
    select
        submission_id,
        delivery_night,
        night,
        case when min(county_code) = max(county_code) then min(county_code) end as county_code,
        case when min(school_year) = max(school_year) then min(school_year) end as school_year
    from contents
    group by submission_id, delivery_night, night
),

final as (
    select
        deliveries.submission_id,
        deliveries.delivery_night,
        deliveries.night,
        deliveries.file_name,
        deliveries.sha256,
        deliveries.source,
        deliveries.contract,
        deliveries.covers,
        coalesce(single_places.county_code, deliveries.area_code) as county_code,
        coalesce(single_places.school_year, deliveries.folder_school_year) as school_year,
        case
            when deliveries.status <> 'accepted' then deliveries.status
            when deliveries.is_served and submissions_in_force.submission_id is not null then 'accepted'
            else 'superseded'
        end as status,
        deliveries.reason,
        deliveries.fix,
        deliveries.refused_with,
        deliveries.rows_read,
        deliveries.rows_accepted,
        deliveries.rows_quarantined,
        deliveries.rules_version
    from deliveries
    left join single_places using (submission_id, delivery_night, night)
    left join submissions_in_force using (submission_id)
)

select * from final
