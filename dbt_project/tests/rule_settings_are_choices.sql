-- What: a setting whose value is none of its choices.
-- Why: a value that no model knows would be taken for one of the others.
-- How to resolve: correct the value in seeds/rules/rule_settings.csv.
select
    ruleset_id,
    setting,
    value,
    choices
from {{ ref('int_rules__setting') }}
where not {{ list_holds('choices', 'value', ';') }}
