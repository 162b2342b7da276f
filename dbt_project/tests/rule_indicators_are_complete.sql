-- What: an indicator without terms (a composite has none), a split indicator whose stage has no weight, or more decimals than the
-- marts can hold.
-- Why: such an indicator would have no rows, no share, or a figure cut off.
-- How to resolve: complete seeds/rules/ for the indicator named.
select
    indicators.ruleset_id,
    indicators.indicator_code,
    indicators.stage
from {{ ref('int_rules__indicator') }} as indicators
left join {{ ref('int_rules__term') }} as terms using (ruleset_id, indicator_code, stage)
left join {{ ref('int_rules__split_weight') }} as weights using (ruleset_id, stage)
where
    (terms.item is null) <> indicators.is_composite
    or (indicators.is_split and coalesce(weights.weight, 0) <= 0)
    or indicators.decimals > 3
    or indicators.mean_decimals > 3
    or indicators.coefficient_decimals > 3
