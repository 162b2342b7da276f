{%- set first_year = "cast(measures.first_year as " ~ text_type() ~ ")" -%}
{%- set last_year = "cast(measures.last_year as " ~ text_type() ~ ")" -%}
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

-- results that decide the whole, while their setting says so
overall_criteria as (
    select overalls.*
    from (
        {{ rows_with_base('rule_monitoring_overall', ['requirement_code', 'measure', 'scope'], [
            'operator', 'threshold', 'setting', 'setting_value',
        ]) }}
    ) as overalls
    inner join settings
        on
            overalls.ruleset_id = settings.ruleset_id
            and overalls.setting = settings.setting
            and overalls.setting_value = settings.value
),

-- subjects whose stars may stand for a level
least_stars as (
    select
        star_subjects.ruleset_id,
        star_subjects.subject_code,
        cast(settings.value as integer) as least_star
    from (
        {{ rows_with_base('rule_monitoring_stars', ['subject_code'], ['setting']) }}
    ) as star_subjects
    inner join settings
        on
            star_subjects.ruleset_id = settings.ruleset_id
            and star_subjects.setting = settings.setting
            and settings.value <> 'none'
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

overall_verdicts as (
    select
        results.county_code,
        overall_criteria.ruleset_id,
        overall_criteria.requirement_code,
        results.monitoring_year,
        case
            when results.value is null then 'undecided'
            when {{ holds('overall_criteria.operator', 'results.value', 'overall_criteria.threshold') }} then 'met'
            else 'unmet'
        end as verdict
    from results
    inner join overall_criteria using (measure, scope)
),

-- pupils are monitored in spring: results of the year in which the school year ends count as soon as there are any
next_years as (
    select
        county_code,
        ruleset_id,
        monitoring_year
    from evidence
    union
    select
        county_code,
        ruleset_id,
        monitoring_year
    from overall_verdicts
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
        evidence.precedence,
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
        precedence,
        measure,
        {{ folded_verdict('verdict') }} as verdict
    from reports
    where preference = 1
    group by county_code, school_year, ruleset_id, grade, subject_code, monitoring_year, precedence, measure
),

-- a subject that was monitored without any figure that is judged (stars alone) waits for them
unjudged_reports as (
    select
        assessed.county_code,
        assessed.school_year,
        assessed.ruleset_id,
        results.grade,
        results.subject_code,
        results.monitoring_year,
        results.precedence,
        row_number() over (
            partition by
                assessed.county_code, assessed.school_year, assessed.ruleset_id, results.grade, results.subject_code
            order by results.precedence asc, results.monitoring_year desc
        ) as preference
    from assessed
    inner join results
        on
            assessed.county_code = results.county_code
            and results.monitoring_year between assessed.first_year and assessed.last_year
    left join measure_verdicts
        on
            assessed.county_code = measure_verdicts.county_code
            and assessed.school_year = measure_verdicts.school_year
            and assessed.ruleset_id = measure_verdicts.ruleset_id
            and results.grade = measure_verdicts.grade
            and results.subject_code = measure_verdicts.subject_code
    where results.is_evidence and measure_verdicts.ruleset_id is null
),

counted_reports as (
    select
        county_code,
        school_year,
        ruleset_id,
        grade,
        subject_code,
        monitoring_year,
        precedence
    from measure_verdicts
    union
    select
        county_code,
        school_year,
        ruleset_id,
        grade,
        subject_code,
        monitoring_year,
        precedence
    from unjudged_reports
    where preference = 1
),

-- every subject and grade that is asked for, delivered or not
subject_grades as (
    select
        assessed.county_code,
        assessed.school_year,
        assessed.ruleset_id,
        listed_subjects.grade,
        listed_subjects.subject_code,
        counted_reports.monitoring_year,
        counted_reports.precedence,
        assessed.first_year,
        assessed.last_year
    from assessed
    inner join listed_subjects using (ruleset_id)
    left join counted_reports using (county_code, school_year, ruleset_id, grade, subject_code)
),

-- the lowest star of a report on a subject and grade
stars as (
    select
        results.county_code,
        least_stars.ruleset_id,
        results.grade,
        results.subject_code,
        results.monitoring_year,
        results.precedence,
        case when min(results.star) >= min(least_stars.least_star) then 'met' else 'unmet' end as verdict
    from results
    inner join least_stars using (subject_code)
    where results.star is not null
    group by
        results.county_code,
        least_stars.ruleset_id,
        results.grade,
        results.subject_code,
        results.monitoring_year,
        results.precedence
),

-- every measure of the rule, published or not
measures as (
    select
        subject_grades.*,
        criteria.measure,
        case
            when measure_verdicts.verdict in ('met', 'unmet') then measure_verdicts.verdict
            when criteria.judged_figure = 'level' and stars.verdict is not null then stars.verdict
            else 'undecided'
        end as verdict
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
    left join stars
        on
            subject_grades.county_code = stars.county_code
            and subject_grades.ruleset_id = stars.ruleset_id
            and subject_grades.grade = stars.grade
            and subject_grades.subject_code = stars.subject_code
            and subject_grades.monitoring_year = stars.monitoring_year
            and subject_grades.precedence = stars.precedence
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
        case
            when measures.monitoring_year is not null
                then {{ joined_text(
                    "case when measures.verdict = 'undecided' then labels.label_zh end", '、', 'labels.display_order',
                ) }}
            when measures.first_year < measures.last_year
                then '监测结果（' || {{ first_year }} || '—' || {{ last_year }} || '年）'
            else '监测结果（' || {{ last_year }} || '年）'
        end as waiting_for
    from measures
    inner join labels on labels.list = 'monitoring_measure' and measures.measure = labels.code
    group by
        measures.county_code,
        measures.school_year,
        measures.ruleset_id,
        measures.grade,
        measures.subject_code,
        measures.monitoring_year,
        measures.first_year,
        measures.last_year
),

waiting_texts as (
    select
        subject_verdicts.county_code,
        subject_verdicts.school_year,
        subject_verdicts.ruleset_id,
        {{ joined_text(
            "grade_labels.label_zh || subject_labels.label_zh || '：' || subject_verdicts.waiting_for",
            '；',
            'subject_verdicts.grade, subject_labels.display_order',
        ) }} as waiting_for
    from subject_verdicts
    inner join labels as grade_labels
        on grade_labels.list = 'grade' and cast(subject_verdicts.grade as {{ text_type() }}) = grade_labels.code
    inner join labels as subject_labels
        on subject_labels.list = 'subject' and subject_verdicts.subject_code = subject_labels.code
    where subject_verdicts.waiting_for is not null
    group by subject_verdicts.county_code, subject_verdicts.school_year, subject_verdicts.ruleset_id
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
    having count(monitoring_year) > 0
),

-- the report on the county as a whole: the latest of the years that count
overall_years as (
    select
        assessed.county_code,
        assessed.school_year,
        assessed.ruleset_id,
        overall_verdicts.monitoring_year,
        {{ folded_verdict('overall_verdicts.verdict') }} as verdict,
        row_number() over (
            partition by assessed.county_code, assessed.school_year, assessed.ruleset_id
            order by overall_verdicts.monitoring_year desc
        ) as preference
    from assessed
    inner join overall_verdicts
        on
            assessed.county_code = overall_verdicts.county_code
            and assessed.ruleset_id = overall_verdicts.ruleset_id
            and assessed.requirement_code = overall_verdicts.requirement_code
            and overall_verdicts.monitoring_year between assessed.first_year and assessed.last_year
    group by assessed.county_code, assessed.school_year, assessed.ruleset_id, overall_verdicts.monitoring_year
),

folded as (
    select
        assessed.*,
        counts.n_unmet,
        counts.n_undecided,
        overall_years.verdict in ('met', 'unmet') as is_overall,
        coalesce(
            case when overall_years.verdict <> 'undecided' then overall_years.verdict end,
            counts.verdict,
            assessed.verdict_when_missing
        ) as verdict,
        case
            when overall_years.verdict <> 'undecided' then overall_years.monitoring_year
            else counts.earliest_year
        end as earliest_year,
        case
            when overall_years.verdict <> 'undecided' then overall_years.monitoring_year
            else counts.latest_year
        end as latest_year,
        case
            when overall_years.verdict <> 'undecided' then null
            when counts.ruleset_id is null
                then '近' || cast(assessed.monitoring_years as {{ text_type() }}) || '年的质量监测结果'
            else waiting_texts.waiting_for
        end as waiting_for_zh
    from assessed
    left join counts using (county_code, school_year, ruleset_id)
    left join waiting_texts using (county_code, school_year, ruleset_id)
    left join overall_years
        on
            assessed.county_code = overall_years.county_code
            and assessed.school_year = overall_years.school_year
            and assessed.ruleset_id = overall_years.ruleset_id
            and overall_years.preference = 1
),

final as (
    select
        ruleset_id,
        county_code,
        school_year,
        requirement_code,
        'all' as part,
        -- as long as one of them is unknown, so is their number; a report on the whole counts none
        cast(case when n_undecided = 0 and not coalesce(is_overall, false) then n_unmet end as integer) as value,
        verdict,
        coalesce(is_overall, false) as is_overall,
        waiting_for_zh,
        case
            when earliest_year = latest_year then cast(latest_year as {{ text_type() }})
            else cast(earliest_year as {{ text_type() }}) || '—' || cast(latest_year as {{ text_type() }})
        end as reference_period
    from folded
)

select * from final
