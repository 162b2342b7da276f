{{ config(materialized='ephemeral') }}
{%- set first_year = "cast(measures.first_year as " ~ text_type() ~ ")" -%}
{%- set last_year = "cast(measures.last_year as " ~ text_type() ~ ")" %}
with

periods as (
    select * from {{ ref('int_monitoring__period') }}
),

reports as (
    select * from {{ ref('int_monitoring__report') }}
),

listed_subjects as (
    select * from {{ ref('int_rules__monitoring_subject') }}
),

criteria as (
    select * from {{ ref('int_rules__monitoring') }}
    where is_criterion
),

results as (
    select * from {{ ref('int_monitoring__result') }}
),

star_subjects as (
    {{ rows_with_base('rule_monitoring_stars', ['subject_code'], ['setting']) }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

labels as (
    select * from {{ ref('code_labels') }}
    where list = 'monitoring_measure'
),

counted_reports as (
    select distinct  -- a report has several measures
        county_code,
        school_year,
        ruleset_id,
        grade,
        subject_code,
        monitoring_year,
        precedence
    from reports
),

-- every subject and grade that is asked for, delivered or not
subject_grades as (
    select
        periods.county_code,
        periods.school_year,
        periods.ruleset_id,
        listed_subjects.grade,
        listed_subjects.subject_code,
        counted_reports.monitoring_year,
        counted_reports.precedence,
        periods.first_year,
        periods.last_year
    from periods
    inner join listed_subjects using (ruleset_id)
    left join counted_reports using (county_code, school_year, ruleset_id, grade, subject_code)
),

-- the lowest star of a report on a subject and grade, where stars may stand for a level
stars as (
    select
        results.county_code,
        star_subjects.ruleset_id,
        results.grade,
        results.subject_code,
        results.monitoring_year,
        results.precedence,
        case when min(results.star) >= min(cast(settings.value as integer)) then 'met' else 'unmet' end as verdict
    from results
    inner join star_subjects using (subject_code)
    inner join settings
        on
            star_subjects.ruleset_id = settings.ruleset_id
            and star_subjects.setting = settings.setting
            and settings.value <> 'none'
    where results.star is not null
    group by
        results.county_code,
        star_subjects.ruleset_id,
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
            when reports.verdict in ('met', 'unmet') then reports.verdict
            when criteria.judged_figure = 'level' and stars.verdict is not null then stars.verdict
            else 'undecided'
        end as verdict
    from subject_grades
    inner join criteria using (ruleset_id)
    left join reports
        on
            subject_grades.county_code = reports.county_code
            and subject_grades.school_year = reports.school_year
            and subject_grades.ruleset_id = reports.ruleset_id
            and subject_grades.grade = reports.grade
            and subject_grades.subject_code = reports.subject_code
            and criteria.measure = reports.measure
    left join stars
        on
            subject_grades.county_code = stars.county_code
            and subject_grades.ruleset_id = stars.ruleset_id
            and subject_grades.grade = stars.grade
            and subject_grades.subject_code = stars.subject_code
            and subject_grades.monitoring_year = stars.monitoring_year
            and subject_grades.precedence = stars.precedence
),

final as (
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
                then {{ sentence('results_of_years', first=first_year, last=last_year) }}
            else {{ sentence('results_of_year', year=last_year) }}
        end as waiting_for
    from measures
    inner join labels on measures.measure = labels.code
    group by
        measures.county_code,
        measures.school_year,
        measures.ruleset_id,
        measures.grade,
        measures.subject_code,
        measures.monitoring_year,
        measures.first_year,
        measures.last_year
)

select * from final
