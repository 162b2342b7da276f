with

schools as (
    select * from {{ ref('int_census__school') }}
),

areas as (
    select * from {{ ref('areas') }}
),

counties as (
    select distinct  -- the counties and years out of the schools they hold
        county_code,
        school_year
    from schools
),

years as (
    select distinct school_year  -- as above
    from counties
),

-- the entry of a code for each year: valid in it, otherwise the latest one
area_preferences as (
    select
        areas.*,
        years.school_year,
        row_number() over (
            partition by areas.area_code, years.school_year
            order by
                years.school_year between areas.valid_from_year and coalesce(areas.valid_to_year, 9999) desc,
                areas.valid_from_year desc,
                -- revisions within one year give a code two names for it: the one that stayed
                coalesce(areas.valid_to_year, 9999) desc,
                areas.name
        ) as preference
    from areas
    cross join years
),

dated_areas as (
    select *
    from area_preferences
    where preference = 1  -- one name for each code and year
),

final as (
    select
        counties.county_code,
        counties.school_year,
        county.system as area_system,
        county.name as county_name,
        county.is_fictional,
        case when parent.level = 'prefecture' then parent.name end as city_name,
        case when parent.level = 'prefecture' then province.name else parent.name end as province_name
    from counties
    left join dated_areas as county
        on counties.county_code = county.area_code and counties.school_year = county.school_year
    left join dated_areas as parent
        on county.parent_code = parent.area_code and counties.school_year = parent.school_year
    left join dated_areas as province
        on parent.parent_code = province.area_code and counties.school_year = province.school_year
)

select * from final
