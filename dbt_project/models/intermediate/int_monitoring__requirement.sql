with

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

criteria as (
    select * from {{ ref('int_rules__monitoring') }}
),

listed_subjects as (
    select * from {{ ref('int_rules__monitoring_subject') }}
),

results as (
    select * from {{ ref('int_monitoring__result') }}
),

verdicts as (
    select * from {{ ref('int_monitoring__verdict') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

years_settings as (
    select
        ruleset_id,
        cast(value as integer) as monitoring_years
    from settings
    where setting = 'monitoring_years'
),

missing_settings as (
    select
        ruleset_id,
        value as verdict_when_missing
    from settings
    where setting = 'monitoring_missing'
),

requirements as (
    select distinct  -- a requirement has several criteria
        ruleset_id,
        requirement_code
    from criteria
    where is_criterion
),

-- of the subjects and grades of the form, in the monitoring that the requirement rests on
evidence as (
    select
        verdicts.county_code,
        verdicts.ruleset_id,
        verdicts.grade,
        verdicts.subject_code,
        verdicts.monitoring_year,
        verdicts.measure,
        verdicts.verdict,
        verdicts.precedence
    from verdicts
    inner join listed_subjects using (ruleset_id, subject_code, grade)
    where verdicts.is_evidence
),

-- pupils are monitored in spring: results of the year in which the school year ends count as soon as there are any
next_years as (
    select distinct  -- several results
        county_code,
        ruleset_id,
        monitoring_year
    from evidence
),

assessed as (
    select
        county_rulesets.county_code,
        county_rulesets.school_year,
        county_rulesets.ruleset_id,
        requirements.requirement_code,
        coalesce(next_years.monitoring_year, county_rulesets.school_year) as last_year,
        coalesce(next_years.monitoring_year, county_rulesets.school_year) - years_settings.monitoring_years + 1 as first_year,
        years_settings.monitoring_years,
        missing_settings.verdict_when_missing
    from county_rulesets
    inner join requirements using (ruleset_id)
    inner join years_settings using (ruleset_id)
    inner join missing_settings using (ruleset_id)
    left join next_years
        on
            county_rulesets.county_code = next_years.county_code
            and county_rulesets.ruleset_id = next_years.ruleset_id
            and county_rulesets.school_year + 1 = next_years.monitoring_year
    where county_rulesets.is_selected
),

-- the report that counts for a subject and grade of the form: the weightiest kind of monitoring, and of that the latest year
reports as (
    select
        assessed.county_code,
        assessed.school_year,
        assessed.ruleset_id,
        evidence.grade,
        evidence.subject_code,
        evidence.monitoring_year,
        evidence.measure,
        evidence.verdict,
        rank() over (
            partition by
                assessed.county_code, assessed.school_year, assessed.ruleset_id, evidence.grade, evidence.subject_code
            order by evidence.precedence asc, evidence.monitoring_year desc
        ) as preference
    from assessed
    inner join evidence
        on
            assessed.county_code = evidence.county_code
            and assessed.ruleset_id = evidence.ruleset_id
            and evidence.monitoring_year between assessed.first_year and assessed.last_year
),

-- one subject may stand under two names in one report: both must reach it
measure_verdicts as (
    select
        county_code,
        school_year,
        ruleset_id,
        grade,
        subject_code,
        monitoring_year,
        measure,
        {{ folded_verdict('verdict') }} as verdict
    from reports
    where preference = 1
    group by county_code, school_year, ruleset_id, grade, subject_code, monitoring_year, measure
),

-- a subject that was monitored without any figure that is judged (stars alone) waits for them
subject_grades as (
    select
        county_code,
        school_year,
        ruleset_id,
        grade,
        subject_code,
        monitoring_year
    from measure_verdicts
    union
    select
        assessed.county_code,
        assessed.school_year,
        assessed.ruleset_id,
        results.grade,
        results.subject_code,
        max(results.monitoring_year) as monitoring_year
    from assessed
    inner join results
        on
            assessed.county_code = results.county_code
            and results.monitoring_year between assessed.first_year and assessed.last_year
    inner join listed_subjects
        on
            assessed.ruleset_id = listed_subjects.ruleset_id
            and results.subject_code = listed_subjects.subject_code
            and results.grade = listed_subjects.grade
    left join measure_verdicts
        on
            assessed.county_code = measure_verdicts.county_code
            and assessed.school_year = measure_verdicts.school_year
            and assessed.ruleset_id = measure_verdicts.ruleset_id
            and results.grade = measure_verdicts.grade
            and results.subject_code = measure_verdicts.subject_code
    where results.is_evidence and measure_verdicts.ruleset_id is null
    group by
        assessed.county_code, assessed.school_year, assessed.ruleset_id, results.grade, results.subject_code
),

-- every measure of the rule, published or not
measures as (
    select
        subject_grades.*,
        criteria.measure,
        coalesce(measure_verdicts.verdict, 'undecided') as verdict
    from subject_grades
    inner join criteria on subject_grades.ruleset_id = criteria.ruleset_id and criteria.is_criterion
    left join measure_verdicts
        on
            subject_grades.county_code = measure_verdicts.county_code
            and subject_grades.school_year = measure_verdicts.school_year
            and subject_grades.ruleset_id = measure_verdicts.ruleset_id
            and subject_grades.grade = measure_verdicts.grade
            and subject_grades.subject_code = measure_verdicts.subject_code
            and criteria.measure = measure_verdicts.measure
),

subject_verdicts as (
    select
        measures.county_code,
        measures.school_year,
        measures.ruleset_id,
        measures.grade,
        measures.subject_code,
        measures.monitoring_year,
        {{ folded_verdict('measures.verdict') }} as verdict,
        {{ joined_text("case when measures.verdict = 'undecided' then labels.label_zh end", '、', 'labels.display_order') }}
            as waiting_for
    from measures
    inner join labels on labels.list = 'monitoring_measure' and measures.measure = labels.code
    group by
        measures.county_code,
        measures.school_year,
        measures.ruleset_id,
        measures.grade,
        measures.subject_code,
        measures.monitoring_year
),

-- the other grade of a subject that has results: named, though it changes no verdict (docs/rules/monitoring.md)
absent_grades as (
    select distinct  -- a subject may have results in several grades
        subject_verdicts.county_code,
        subject_verdicts.school_year,
        subject_verdicts.ruleset_id,
        listed_subjects.grade,
        listed_subjects.subject_code,
        '监测结果' as waiting_for
    from subject_verdicts
    inner join listed_subjects
        on
            subject_verdicts.ruleset_id = listed_subjects.ruleset_id
            and subject_verdicts.subject_code = listed_subjects.subject_code
    left join subject_verdicts as same_grade
        on
            subject_verdicts.county_code = same_grade.county_code
            and subject_verdicts.school_year = same_grade.school_year
            and subject_verdicts.ruleset_id = same_grade.ruleset_id
            and listed_subjects.subject_code = same_grade.subject_code
            and listed_subjects.grade = same_grade.grade
    where same_grade.subject_code is null
),

waiting as (
    select
        county_code,
        school_year,
        ruleset_id,
        grade,
        subject_code,
        waiting_for
    from subject_verdicts
    where waiting_for is not null
    union all
    select
        county_code,
        school_year,
        ruleset_id,
        grade,
        subject_code,
        waiting_for
    from absent_grades
),

waiting_texts as (
    select
        waiting.county_code,
        waiting.school_year,
        waiting.ruleset_id,
        {{ joined_text(
            "grade_labels.label_zh || subject_labels.label_zh || '：' || waiting.waiting_for",
            '；',
            'waiting.grade, subject_labels.display_order',
        ) }} as waiting_for
    from waiting
    inner join labels as grade_labels
        on grade_labels.list = 'grade' and cast(waiting.grade as {{ text_type() }}) = grade_labels.code
    inner join labels as subject_labels
        on subject_labels.list = 'subject' and waiting.subject_code = subject_labels.code
    group by waiting.county_code, waiting.school_year, waiting.ruleset_id
),

counts as (
    select
        county_code,
        school_year,
        ruleset_id,
        count(case when verdict = 'unmet' then 1 end) as n_unmet,
        count(case when verdict = 'undecided' then 1 end) as n_undecided,
        {{ folded_verdict('verdict') }} as verdict,
        min(monitoring_year) as earliest_year,
        max(monitoring_year) as latest_year
    from subject_verdicts
    group by county_code, school_year, ruleset_id
),

folded as (
    select
        assessed.*,
        counts.n_unmet,
        counts.n_undecided,
        counts.earliest_year,
        counts.latest_year,
        coalesce(counts.verdict, assessed.verdict_when_missing) as verdict,
        case
            when counts.ruleset_id is null
                then '近' || cast(assessed.monitoring_years as {{ text_type() }}) || '年的质量监测结果'
            else waiting_texts.waiting_for
        end as waiting_for_zh
    from assessed
    left join counts using (county_code, school_year, ruleset_id)
    left join waiting_texts using (county_code, school_year, ruleset_id)
),

final as (
    select
        ruleset_id,
        county_code,
        school_year,
        requirement_code,
        'all' as part,
        -- as long as one of them is unknown, so is their number
        cast(case when n_undecided = 0 then n_unmet end as integer) as value,
        verdict,
        waiting_for_zh,
        case
            when earliest_year = latest_year then cast(latest_year as {{ text_type() }})
            else cast(earliest_year as {{ text_type() }}) || '—' || cast(latest_year as {{ text_type() }})
        end as reference_period
    from folded
)

select * from final
