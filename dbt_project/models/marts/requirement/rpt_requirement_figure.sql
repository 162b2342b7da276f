with

figures as (
    select * from {{ ref('fct_county_requirement') }}
),

counties as (
    select * from {{ ref('dim_county') }}
),

requirements as (
    select * from {{ ref('dim_requirement') }}
),

labels as (
    select * from {{ ref('dim_code') }}
),

final as (
    select
        figures.county_code,
        counties.county_name,
        counties.city_name,
        counties.province_name,
        figures.school_year,
        {{ first_day_of_school_year('figures.school_year') }} as school_year_start,
        counties.school_year_label,
        figures.ruleset_id,
        rule_sets.label_zh as ruleset_zh,
        figures.requirement_code,
        figures.part,
        figures.block,
        blocks.label_zh as block_zh,
        requirements.indicator_name_zh as requirement_zh,
        requirements.name_zh as part_zh,
        requirements.display_order,
        figures.value as value_exact,
        {{ as_double('figures.value') }} as value,
        {{ as_double('figures.threshold') }} as threshold,
        figures.verdict,
        verdicts.label_zh as verdict_zh,
        bases.label_zh as basis_zh,
        figures.evidence_count,
        figures.conclusion_zh,
        figures.waiting_for_zh,
        figures.disagreement_zh
    from figures
    inner join counties using (county_code, school_year)
    inner join requirements using (ruleset_id, requirement_code, part)
    left join labels as rule_sets on rule_sets.list = 'ruleset' and figures.ruleset_id = rule_sets.code
    left join labels as blocks on blocks.list = 'block' and figures.block = blocks.code
    left join labels as bases on bases.list = 'basis' and figures.basis = bases.code
    left join labels as verdicts
        on
            figures.verdict = verdicts.code
            and verdicts.list = case when figures.block = 'veto' then 'veto_verdict' else 'verdict' end
)

select * from final
