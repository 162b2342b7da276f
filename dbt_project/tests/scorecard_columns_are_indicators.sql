-- What: an indicator, or a part of a requirement with a figure, without a column in the score card of the county; or the reverse.
-- Why: a wide table that lacks an indicator looks complete.
-- How to resolve: make macros/scorecard.sql and the yml of rpt_county_scorecard agree with seeds/rules.
with

columns_made as (
    {%- for indicator in scorecard_indicators() %}
    select
        '{{ indicator }}' as code,
        'all' as part
    union all
    {%- endfor %}
    {%- for code, parts in scorecard_requirements().items() %}
    {%- for part in parts %}
    select
        '{{ code }}' as code,
        '{{ part }}' as part
    union all
    {%- endfor %}
    select
        '{{ code }}' as code,
        null as part
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

requirements as (
    select * from {{ ref('dim_requirement') }}
    where ruleset_id = '{{ scorecard_rulesets().present }}'
),

rules as (
    select distinct  -- an indicator has a row for each stage
        indicator_code as code,
        'all' as part
    from {{ ref('dim_indicator') }}
    where ruleset_id = '{{ scorecard_rulesets().present }}' and block = 'resource' and indicator_code <> 'composite'
    union
    select
        requirement_code as code,
        null as part
    from requirements
    union
    select
        requirement_code as code,
        part
    from requirements
    where basis = 'computed'
)

select
    coalesce(columns_made.code, rules.code) as code,
    coalesce(columns_made.part, rules.part) as part,
    columns_made.code is not null as has_column,
    rules.code is not null as has_rule
from columns_made
full outer join rules on columns_made.code = rules.code and columns_made.part is not distinct from rules.part
where columns_made.code is null or rules.code is null
