with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

-- the one county an accepted file holds; a file of many and a refused one are known by the folder they lay in, whose
-- bureau has to hear of it
single_counties as (
    select * from {{ ref('int_ledger__single_county') }}
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
        coalesce(
            case when deliveries.status = 'accepted' then single_counties.county_code end, deliveries.area_code
        ) as county_code,
        deliveries.folder_school_year as school_year,
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
    left join single_counties using (submission_id, delivery_night, night)
    left join submissions_in_force using (submission_id)
)

select * from final
