-- What: a rule set that judges monitoring results lacks a setting, or a measure its label, operator or threshold.
-- Why: its requirement would have no row, or would wait for a figure that nobody can name.
-- How to resolve: complete seeds/rules/rule_monitoring.csv, rule_settings.csv and list monitoring_measure of code_labels.csv.
select
    criteria.ruleset_id,
    criteria.measure
from {{ ref('int_rules__monitoring') }} as criteria
left join {{ ref('int_rules__setting') }} as years
    on criteria.ruleset_id = years.ruleset_id and years.setting = 'monitoring_years'
left join {{ ref('int_rules__setting') }} as missing
    on criteria.ruleset_id = missing.ruleset_id and missing.setting = 'monitoring_missing'
left join {{ ref('code_labels') }} as labels
    on labels.list = 'monitoring_measure' and criteria.measure = labels.code
where
    years.value is null
    or missing.value is null
    or labels.label_zh is null
    or (criteria.is_criterion and (criteria.operator is null or criteria.threshold is null))
