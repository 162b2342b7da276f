-- What: a relaxation of a split indicator that holds for one stage only.
-- Why: premises belong to the whole school, and what it has to build is measured over all of its stages with the same amount.
-- How to resolve: give the relaxation the stage all (seeds/rules/rule_relaxations.csv).
select
    relaxations.ruleset_id,
    relaxations.relaxation_code,
    relaxations.stage
from {{ ref('int_rules__relaxation') }} as relaxations
inner join {{ ref('int_rules__indicator') }} as indicators
    on relaxations.ruleset_id = indicators.ruleset_id and relaxations.target = indicators.indicator_code
where indicators.is_split and relaxations.stage <> 'all'
