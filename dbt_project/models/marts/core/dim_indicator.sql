with

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

stages as (
    select * from {{ ref('stages') }}
),

-- a requirement whose parts are stages has a row for each, any other has one; parts with different thresholds have no common one
requirement_stages as (
    select
        requirements.ruleset_id,
        requirements.requirement_code as indicator_code,
        case when stages.is_school_stage then requirements.part else 'all' end as stage,
        max(requirements.block) as block,
        max(requirements.indicator_name_zh) as name_zh,
        max(requirements.indicator_name_en) as name_en,
        {%- for column in ["unit", "scale", "operator", "threshold", "decimals"] %}
        case when count(distinct requirements.{{ column }}) = 1 then max(requirements.{{ column }}) end as {{ column }},
        {%- endfor %}
        max(requirements.source_document) as source_document,
        case when bool_or(requirements.certainty = 'open') then 'open' else max(requirements.certainty) end as certainty
    from requirements
    left join stages on requirements.part = stages.stage
    where requirements.is_criterion
    group by
        requirements.ruleset_id,
        requirements.requirement_code,
        case when stages.is_school_stage then requirements.part else 'all' end
),

final as (
    select
        ruleset_id,
        indicator_code,
        stage,
        block,
        name_zh,
        name_en,
        unit,
        scale,
        operator,
        standard,
        floor,
        difference_limit,
        decimals,
        mean_decimals,
        coefficient_decimals,
        is_split,
        is_composite,
        source_document,
        certainty,
        shown_as
    from indicators
    union all
    select
        ruleset_id,
        indicator_code,
        stage,
        block,
        name_zh,
        name_en,
        unit,
        scale,
        operator,
        threshold as standard,
        cast(null as decimal(12, 4)) as floor,
        cast(null as decimal(12, 4)) as difference_limit,
        decimals,
        cast(null as integer) as mean_decimals,
        cast(null as integer) as coefficient_decimals,
        false as is_split,
        false as is_composite,
        source_document,
        certainty,
        cast(null as {{ text_type() }}) as shown_as
    from requirement_stages
)

select * from final
