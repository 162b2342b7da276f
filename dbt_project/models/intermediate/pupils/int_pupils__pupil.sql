with

rows_in_force as (
    select * from {{ ref('int_pupils__row_in_force') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

staged as (
    select
        rows_in_force.*,
        {{ integer_or_null('rows_in_force.grade') }} as stated_grade,
        coalesce(
            rows_in_force.stage,
            {{ only_stage('schools') }}
        ) as school_stage
    from rows_in_force
    left join schools
        on
            rows_in_force.county_code = schools.county_code
            and rows_in_force.school_year = schools.school_year
            and rows_in_force.census_school_code = schools.school_code
),

-- 一年级 of a junior school is grade 7; without a stated grade, by the year in which the pupil entered a school of one stage
graded as (
    select
        *,
        case
            when stated_grade is not null
                then case when school_stage = 'junior' and stated_grade <= 4 then stated_grade + 6 else stated_grade end
            when mod(entered, 100) in (7, 8, 9)
                then
                    school_year - cast(floor(entered / 100) as integer) + 1
                    + case school_stage when 'junior' then 6 when 'senior' then 9 when 'primary' then 0 end
        end as grade_number
    from staged
),

final as (
    select
        county_code,
        school_year,
        census_school_code as school_code,
        person,
        coalesce(
            school_stage,
            case
                when grade_number <= 6 then 'primary'
                when grade_number <= 9 then 'junior'
                when grade_number <= 12 then 'senior'
            end
        ) as stage,
        grade_number as grade,
        class_name,
        case boarding when 'boarding' then true when 'day' then false when 'other' then false end as is_boarder,
        coalesce(
            migrant = 1,
            case migrant_or_left_behind when 'migrant' then true when 'left_behind' then false when 'neither' then false end
        ) as is_migrant,
        coalesce(
            left_behind <> 'none',
            case migrant_or_left_behind when 'left_behind' then true when 'neither' then false when 'migrant' then false end
        ) as is_left_behind,
        in_regular_class = 1 as is_in_regular_class
    from graded
    where census_school_code is not null
)

select * from final
