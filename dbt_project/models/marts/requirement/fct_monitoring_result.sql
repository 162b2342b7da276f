with

results as (
    select * from {{ ref('int_monitoring__result') }}
),

verdicts as (
    select * from {{ ref('int_monitoring__verdict') }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

star_rules as (
    select * from {{ ref('issue_star_rules') }}
),

-- of the rule set that speaks for a school's scope too; int_monitoring__requirement judges for each rule set
national_verdicts as (
    select verdicts.*
    from verdicts
    inner join rule_sets using (ruleset_id)
    where
        rule_sets.defines_school_scope
        and verdicts.monitoring_year between rule_sets.valid_from_year and coalesce(rule_sets.valid_to_year, 9999)
),

final as (
    select
        results.county_code,
        results.scope,
        results.monitoring_year,
        results.grade,
        results.subject,
        results.subject_code,
        results.measure,
        results.value,
        results.level,
        results.star,
        case when results.star is not null then star_rules.least_star end as least_star,
        results.n_schools,
        results.n_pupils,
        results.source_document,
        results.is_official,
        national_verdicts.threshold,
        national_verdicts.verdict,
        results.submission_id,
        results.sheet,
        results.row_number
    from results
    left join national_verdicts using (county_code, scope, monitoring_year, grade, subject, measure)
    left join star_rules on results.subject_code = star_rules.subject_code
)

select * from final
