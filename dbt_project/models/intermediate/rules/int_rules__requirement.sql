with

requirements as (
    {{ rows_with_base('rule_requirements', ['requirement_code', 'part'], [
        'block', 'indicator_name_zh', 'indicator_name_en', 'name_zh', 'name_en', 'unit', 'scale', 'operator', 'threshold',
        'decimals', 'basis', 'level', 'is_criterion', 'criterion_setting', 'criterion_setting_value', 'county_figure',
        'verdict_without_schools', 'zero_base_setting', 'display_order', 'source_document', 'certainty',
    ]) }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

final as (
    select
        requirements.ruleset_id,
        requirements.requirement_code,
        requirements.part,
        requirements.block,
        requirements.indicator_name_zh,
        requirements.indicator_name_en,
        requirements.name_zh,
        requirements.name_en,
        requirements.unit,
        requirements.scale,
        requirements.operator,
        requirements.threshold,
        requirements.decimals,
        requirements.basis,
        requirements.level,
        -- a part may become a criterion by a setting
        requirements.is_criterion or coalesce(settings.value = requirements.criterion_setting_value, false) as is_criterion,
        requirements.county_figure,
        requirements.verdict_without_schools,
        requirements.zero_base_setting,
        requirements.display_order,
        requirements.source_document,
        requirements.certainty
    from requirements
    left join settings
        on requirements.ruleset_id = settings.ruleset_id and requirements.criterion_setting = settings.setting
)

select * from final
