with

terms as (
    {{ rows_with_base(
        'rule_requirement_terms', ['requirement_code', 'part', 'source', 'role', 'item', 'setting_value'],
        ['precedence', 'stage', 'factor', 'adds_up', 'setting', 'label_zh']
    ) }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

final as (
    select
        terms.ruleset_id,
        terms.requirement_code,
        terms.part,
        terms.source,
        terms.precedence,
        terms.role,
        terms.item,
        coalesce(terms.stage, 'all') as stage,  -- no stage: the county's own figure
        terms.factor,
        terms.adds_up,
        terms.label_zh
    from terms
    left join settings using (ruleset_id, setting)
    where terms.setting is null or settings.value = terms.setting_value
)

select * from final
