with

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

matters as (
    select * from {{ ref('requirement_matters') }}
),

final as (
    select
        requirements.ruleset_id,
        requirements.requirement_code,
        requirements.part,
        requirements.block,
        coalesce(matters.matter_zh, requirements.name_zh) as matter_zh,
        coalesce(matters.school_matter_zh, matters.matter_zh, requirements.indicator_name_zh) as school_matter_zh,
        coalesce(matters.school_unit, '') as school_unit
    from requirements
    left join matters using (requirement_code, part)
)

select * from final
