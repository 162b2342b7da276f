with

candidates as (
    {{ person_rows_in_force('stg_class_list__class', 'class_list') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

staged as (
    select
        candidates.county_code,
        candidates.school_year,
        candidates.school_code,
        candidates.grade,
        candidates.class_name,
        candidates.pupils,
        schools.school_code as census_school_code,
        coalesce(candidates.stage, {{ only_stage('schools') }}) as stage
    from candidates
    left join schools using (county_code, school_year, school_code)
),

-- a class that two files of one night list is one; files that differ about it are refused
final as (
    select
        county_code,
        school_year,
        school_code,
        census_school_code,
        stage,
        grade,
        class_name,
        max(pupils) as pupils
    from staged
    group by county_code, school_year, school_code, census_school_code, stage, grade, class_name
)

select * from final
