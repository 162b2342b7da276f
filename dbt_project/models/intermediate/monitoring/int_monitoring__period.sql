{{ config(materialized='ephemeral') }}
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

evidence as (
    select * from {{ ref('int_monitoring__evidence') }}
),

overall_verdicts as (
    select * from {{ ref('int_monitoring__overall_verdict') }}
),

requirements as (
    select distinct  -- a requirement has several criteria
        ruleset_id,
        requirement_code
    from criteria
    where is_criterion
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

dated as (
    select
        county_rulesets.county_code,
        county_rulesets.school_year,
        county_rulesets.ruleset_id,
        requirements.requirement_code,
        coalesce(next_years.monitoring_year, county_rulesets.school_year) as last_year,
        cast(years_settings.value as integer) as monitoring_years,
        missing_settings.value as verdict_when_missing
    from county_rulesets
    inner join requirements using (ruleset_id)
    inner join settings as years_settings
        on county_rulesets.ruleset_id = years_settings.ruleset_id and years_settings.setting = 'monitoring_years'
    inner join settings as missing_settings
        on county_rulesets.ruleset_id = missing_settings.ruleset_id and missing_settings.setting = 'monitoring_missing'
    left join next_years
        on
            county_rulesets.county_code = next_years.county_code
            and county_rulesets.ruleset_id = next_years.ruleset_id
            and county_rulesets.school_year + 1 = next_years.monitoring_year
    where county_rulesets.is_selected
),

final as (
    select
        *,
        last_year - monitoring_years + 1 as first_year
    from dated
)

select * from final
