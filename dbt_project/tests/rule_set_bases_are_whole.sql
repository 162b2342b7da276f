-- What: a rule set whose base is not there, or is an overlay itself.
-- Why: the rows of such a base are not all of its rules, and the overlay would lack some without a word.
-- How to resolve: name a rule set without a base as base_ruleset_id in seeds/rules/rule_sets.csv.
select
    overlays.ruleset_id,
    overlays.base_ruleset_id
from {{ ref('rule_sets') }} as overlays
left join {{ ref('rule_sets') }} as bases on overlays.base_ruleset_id = bases.ruleset_id
where
    overlays.base_ruleset_id is not null
    and (bases.ruleset_id is null or bases.base_ruleset_id is not null)
