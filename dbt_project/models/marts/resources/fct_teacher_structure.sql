with

structure as (
    select * from {{ ref('int_roster__subject_structure') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

results as (
    select * from {{ ref('fct_monitoring_result') }}
),

subjects as (
    select * from {{ ref('subjects') }}
),

monitored_subjects as (
    select * from {{ ref('monitored_subjects') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

county_years as (
    select distinct  -- the counties and years that rosters speak of
        county_code,
        school_year
    from structure
),

-- judged results that lie before the end of the school year; the county's own tests are none
judged_results as (
    select
        county_years.school_year,
        results.county_code,
        results.monitoring_year,
        results.grade,
        results.subject_code,
        results.measure,
        results.verdict,
        max(results.monitoring_year) over (
            partition by county_years.school_year, results.county_code, results.grade, results.subject_code
        ) as latest_year
    from county_years
    inner join results
        on county_years.county_code = results.county_code and results.monitoring_year <= county_years.school_year + 1
    where results.is_official and results.verdict is not null and results.subject_code is not null
),

-- a subject is weak in a stage when the latest of its results there misses a criterion
weak_subjects as (
    select
        judged_results.county_code,
        judged_results.school_year,
        case when judged_results.grade <= 6 then 'primary' else 'junior' end as stage,
        judged_results.subject_code,
        {{ joined_text(
            sentence(
                'weak_result',
                year='cast(judged_results.monitoring_year as ' ~ text_type() ~ ')', grade='grades.label_zh',
                measure='measures.label_zh'
            ),
            '、',
            'judged_results.grade, measures.display_order'
        ) }} as weak_results_zh
    from judged_results
    inner join labels as grades on cast(judged_results.grade as {{ text_type() }}) = grades.code and grades.list = 'grade'
    inner join labels as measures on judged_results.measure = measures.code and measures.list = 'monitoring_measure'
    where judged_results.monitoring_year = judged_results.latest_year and judged_results.verdict = 'unmet'
    group by
        judged_results.county_code,
        judged_results.school_year,
        case when judged_results.grade <= 6 then 'primary' else 'junior' end,
        judged_results.subject_code
),

placed as (
    select
        structure.*,
        schools.school_name,
        subjects.label_zh as subject_zh,
        {{ pupils_of_stage('schools', 'structure.stage') }} as pupils,
        structure.teachers + structure.shared_teachers as full_time_teachers,
        -- itself unless the seed groups it
        coalesce(monitored_subjects.monitored_subject, structure.subject) as monitored_subject
    from structure
    inner join schools using (county_code, school_year, school_code)
    inner join subjects using (subject)
    left join monitored_subjects using (subject)
),

final as (
    select
        placed.county_code,
        placed.school_year,
        placed.school_code,
        placed.stage,
        placed.subject,
        placed.subject_zh,
        placed.school_name,
        placed.pupils,
        cast(placed.full_time_teachers as integer) as full_time_teachers,
        cast(placed.teachers as integer) as sole_teachers,
        cast(placed.shared_teachers as integer) as shared_teachers,
        cast(placed.other_staff as integer) as other_staff,
        case
            when placed.full_time_teachers > 0
                then {{ from_units(
                    rounded_quotient('(' ~ as_whole('placed.pupils') ~ ' * 10)', as_whole('placed.full_time_teachers')), 24, 1
                ) }}
        end as pupils_per_teacher,
        weak_subjects.subject_code is not null as is_weak_subject,
        weak_subjects.weak_results_zh,
        placed.undecided_reason
    from placed
    left join weak_subjects
        on
            placed.county_code = weak_subjects.county_code
            and placed.school_year = weak_subjects.school_year
            and placed.stage = weak_subjects.stage
            and placed.monitored_subject = weak_subjects.subject_code
)

select * from final
