with

listed_rows as (
    select * from {{ ref('stg_class_list__class') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
    where source = 'class_list'
),

left_out_rows as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

-- schools first, for the reason that int_roster__row_in_force gives
staged as (
    select
        listed_rows.*,
        schools.school_code as census_school_code,
        coalesce(listed_rows.stage, {{ only_stage('schools') }}) as school_stage
    from listed_rows
    left join schools using (county_code, school_year, school_code)
),

in_force as (
    select staged.*
    from staged
    inner join coverage using (submission_id, county_code, school_year)
    left join left_out_rows
        on
            {{ is_same_row('staged', 'left_out_rows') }}
    where left_out_rows.submission_id is null
),

-- a class that two files of one night list is one; files that differ about it are refused
final as (
    select
        county_code,
        school_year,
        school_code,
        census_school_code,
        school_stage as stage,
        grade,
        class_name,
        max(pupils) as pupils,
        min(submission_id) as submission_id
    from in_force
    group by county_code, school_year, school_code, census_school_code, school_stage, grade, class_name
)

select * from final
