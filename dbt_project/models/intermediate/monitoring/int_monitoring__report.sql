{{ config(materialized='ephemeral') }}
with

periods as (
    select * from {{ ref('int_monitoring__period') }}
),

evidence as (
    select * from {{ ref('int_monitoring__evidence') }}
),

results as (
    select * from {{ ref('int_monitoring__result') }}
),

-- of a subject that was monitored without any figure that is judged (stars alone) the verdict waits for them
reports as (
    select
        county_code,
        ruleset_id,
        grade,
        subject_code,
        monitoring_year,
        precedence,
        measure,
        verdict
    from evidence
    union all
    select
        county_code,
        cast(null as {{ text_type() }}) as ruleset_id,
        grade,
        subject_code,
        monitoring_year,
        precedence,
        cast(null as {{ text_type() }}) as measure,
        cast(null as {{ text_type() }}) as verdict
    from results
    where is_evidence
),

-- the report that counts for a subject and grade: one that is judged, of the weightiest kind of monitoring, and of that the
-- latest year
ranked as (
    select
        periods.county_code,
        periods.school_year,
        periods.ruleset_id,
        reports.grade,
        reports.subject_code,
        reports.monitoring_year,
        reports.precedence,
        reports.measure,
        reports.verdict,
        rank() over (
            partition by
                periods.county_code, periods.school_year, periods.ruleset_id, reports.grade, reports.subject_code
            order by
                case when reports.verdict is null then 1 else 0 end, reports.precedence asc, reports.monitoring_year desc
        ) as preference
    from periods
    inner join reports
        on
            periods.county_code = reports.county_code
            and periods.ruleset_id = coalesce(reports.ruleset_id, periods.ruleset_id)
            and reports.monitoring_year between periods.first_year and periods.last_year
),

-- one subject may stand under two names in one report: both must reach it
final as (
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
    from ranked
    where preference = 1
    group by county_code, school_year, ruleset_id, grade, subject_code, monitoring_year, precedence, measure
)

select * from final
