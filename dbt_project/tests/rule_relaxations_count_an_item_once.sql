-- What: two relaxations of one indicator and stage that add the same item.
-- Why: a school that may use both would count its rooms or teachers twice.
-- How to resolve: leave the item in one of them (seeds/rules/rule_relaxation_terms.csv).
select
    relaxations.ruleset_id,
    relaxations.target,
    terms.stage,
    terms.item,
    count(*) as times
from {{ ref('int_rules__relaxation') }} as relaxations
inner join {{ ref('int_rules__relaxation_term') }} as terms
    on
        relaxations.ruleset_id = terms.ruleset_id
        and relaxations.relaxation_code = terms.relaxation_code
        and (relaxations.stage = 'all' or relaxations.stage = terms.stage)
group by relaxations.ruleset_id, relaxations.target, terms.stage, terms.item
having count(*) > 1
