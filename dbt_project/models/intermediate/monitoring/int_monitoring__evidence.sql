{{ config(materialized='ephemeral') }}
with

verdicts as (
    select * from {{ ref('int_monitoring__verdict') }}
),

listed_subjects as (
    select * from {{ ref('int_rules__monitoring_subject') }}
),

final as (
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
)

select * from final
