-- What: a rule term names an item that the models do not carry (macros/census_items.sql).
-- Why: the term would be left out of its numerator without a word, and the figure would be too small.
-- How to resolve: correct the item in the seed, or add it to the list and to stg_census__school.
with

terms as (
    select
        ruleset_id,
        indicator_code as code,
        stage,
        item
    from {{ ref('rule_terms') }}
    union all
    select
        ruleset_id,
        relaxation_code as code,
        stage,
        item
    from {{ ref('rule_relaxation_terms') }}
)

select
    ruleset_id,
    code,
    stage,
    item
from terms
where item not in (
    {%- for item in rule_items() %}
    '{{ item }}'{{ "," if not loop.last }}
    {%- endfor %}
)
