with

surveys as (
    select * from {{ ref('int_survey__row_in_force') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

codes as (
    select * from {{ ref('code_labels') }}
),

of_schools as (
    select
        surveys.county_code,
        surveys.school_year,
        surveys.survey,
        surveys.respondent_group,
        surveys.school_code,
        schools.school_name,
        schools.township,
        surveys.valid,
        surveys.satisfied
    from surveys
    left join schools
        on
            surveys.county_code = schools.county_code
            and surveys.school_year = schools.school_year
            and surveys.school_code = schools.school_code
    where surveys.school_code is not null
),

-- a school that does not say both is left out on either side
of_townships as (
    select
        county_code,
        school_year,
        survey,
        respondent_group,
        township,
        cast(sum(valid) as bigint) as valid,
        cast(sum(satisfied) as bigint) as satisfied,
        cast(count(*) as integer) as school_count
    from of_schools
    where township is not null and valid is not null and satisfied is not null
    group by county_code, school_year, survey, respondent_group, township
),

placed as (
    select
        county_code,
        school_year,
        survey,
        respondent_group,
        township,
        school_code,
        school_name,
        1 as school_count,
        valid,
        satisfied
    from of_schools
    union all
    select
        county_code,
        school_year,
        survey,
        respondent_group,
        township,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as school_name,
        school_count,
        valid,
        satisfied
    from of_townships
),

final as (
    select
        placed.county_code,
        placed.school_year,
        {{ first_day_of_school_year('placed.school_year') }} as school_year_start,
        placed.survey,
        placed.respondent_group,
        placed.township,
        placed.school_code,
        placed.school_name,
        coalesce(codes.label_zh, placed.respondent_group) as respondent_zh,
        placed.school_count,
        placed.valid,
        placed.satisfied,
        case
            when placed.valid > 0 and placed.satisfied is not null then {{ from_units(
                rounded_quotient(
                    as_whole("placed.satisfied") ~ " * 1000",
                    as_whole("(case when placed.valid > 0 then placed.valid else 1 end)")
                ),
                18, 1
            ) }}
        end as satisfied_share
    from placed
    left join codes on placed.respondent_group = codes.code and codes.list = 'respondent'
)

select * from final
