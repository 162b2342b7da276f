{{ config(materialized='ephemeral') }}
with

criteria as (
    {{ rows_with_base('rule_monitoring_overall', ['requirement_code', 'measure', 'scope'], [
        'operator', 'threshold', 'setting', 'setting_value',
    ]) }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

results as (
    select * from {{ ref('int_monitoring__result') }}
),

final as (
    select
        results.county_code,
        criteria.ruleset_id,
        criteria.requirement_code,
        results.monitoring_year,
        case
            when results.value is null then 'undecided'
            when {{ holds('criteria.operator', 'results.value', 'criteria.threshold') }} then 'met'
            else 'unmet'
        end as verdict
    from results
    inner join criteria using (measure, scope)
    -- while its setting says so
    inner join settings
        on
            criteria.ruleset_id = settings.ruleset_id
            and criteria.setting = settings.setting
            and criteria.setting_value = settings.value
)

select * from final
