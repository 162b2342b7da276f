with

requirements as (
    select * from {{ ref('fct_school_requirement') }}
    where requirement_code = 'G4'
),

schools as (
    select * from {{ ref('dim_school') }}
),

figures as (
    select * from {{ ref('int_balance__school') }}
),

kinds as (
    select * from {{ ref('school_kinds') }}
),

final as (
    select
        requirements.county_code,
        requirements.school_year,
        {{ first_day_of_school_year('requirements.school_year') }} as school_year_start,
        requirements.ruleset_id,
        requirements.school_code,
        schools.school_name,
        kinds.name_zh as school_kind_zh,
        schools.township,
        schools.display_order,
        figures.pupils_primary,
        figures.pupils_junior,
        cast(requirements.value as bigint) as size_pupils,
        cast(requirements.threshold as integer) as pupil_limit,
        cast(requirements.relaxed_threshold as integer) as relaxed_pupil_limit,
        cast(
            case
                when requirements.value > requirements.threshold then requirements.value - requirements.threshold
                when requirements.value <= requirements.threshold then 0
            end as bigint
        ) as pupils_above_limit,
        requirements.verdict,
        requirements.verdict_strict,
        requirements.relaxation_code,
        requirements.waiting_for_zh
    from requirements
    inner join schools using (county_code, school_year, school_code)
    inner join figures using (county_code, school_year, school_code)
    left join kinds on schools.school_kind_code = kinds.kind_code
)

select * from final
