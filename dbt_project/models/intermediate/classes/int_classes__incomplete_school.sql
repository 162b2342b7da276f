with

missing_rows as (
    {{ source_rows_missing('stg_class_list__class', 'stg_class_list__quarantined_class', 'class_list') }}
),

resolved as (
    {{ with_census_school('missing_rows') }}
),

classes as (
    select * from {{ ref('int_classes__class') }}
),

listed_schools as (
    select distinct  -- schools of which the list speaks
        county_code,
        school_year,
        census_school_code
    from classes
    where census_school_code is not null
),

-- a class whose school is not known may belong to any
final as (
    select
        listed_schools.county_code,
        listed_schools.school_year,
        listed_schools.census_school_code as school_code,
        count(*) as missing_rows
    from listed_schools
    inner join resolved
        on
            listed_schools.county_code = resolved.county_code
            and listed_schools.school_year = resolved.school_year
            and (resolved.census_school_code is null or listed_schools.census_school_code = resolved.census_school_code)
    group by listed_schools.county_code, listed_schools.school_year, listed_schools.census_school_code
)

select * from final
