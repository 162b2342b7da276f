{%- set blocks = ["precondition", "resource", "government", "quality", "social"] %}
{%- set county = ["county_code", "school_year", "ruleset_id"] %}
with

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

indicators as (
    select * from {{ ref('dim_indicator') }}
),

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

school_verdicts as (
    select * from {{ ref('fct_school_verdict') }}
),

requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

names as (
    select * from {{ ref('dim_requirement') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

stages as (
    select * from {{ ref('stages') }}
),

selected as (
    select
        {{ county | join(", ") }}
    from county_rulesets
    where is_selected
),

-- the coefficients that a rule set limits; one that a county has no row of is not known to be kept
coefficient_verdicts as (
    select
        selected.county_code,
        selected.school_year,
        selected.ruleset_id,
        'resource' as block,
        indicators.indicator_code,
        {{ folded_verdict("coalesce(county_indicators.verdict, 'undecided')") }} as verdict,
        {{ folded_verdict("coalesce(county_indicators.verdict, 'undecided')") }} as verdict_strict,
        {{ sentence('difference_coefficient', indicator='max(indicators.name_zh)') }} as name_zh,
        cast(row_number() over (
            partition by selected.county_code, selected.school_year, selected.ruleset_id
            order by indicators.indicator_code
        ) as integer) as display_order,
        {{ distinct_texts(
            "case when county_indicators.stage is null then " ~ sentence('waits_for_schools_of_stage', stage='stages.label_zh')
            ~ " else county_indicators.waiting_for end",
            '、'
        ) }} as waiting_for_zh
    from selected
    inner join indicators using (ruleset_id)
    inner join stages using (stage)
    left join county_indicators using (county_code, school_year, ruleset_id, indicator_code, stage)
    where indicators.block = 'resource' and indicators.difference_limit is not null
    group by selected.county_code, selected.school_year, selected.ruleset_id, indicators.indicator_code
),

requirement_verdicts as (
    select
        requirements.county_code,
        requirements.school_year,
        requirements.ruleset_id,
        requirements.block,
        requirements.requirement_code as indicator_code,
        {{ folded_verdict('requirements.verdict') }} as verdict,
        {{ folded_verdict('requirements.verdict_strict') }} as verdict_strict,
        max(names.indicator_name_zh) as name_zh,
        min(names.display_order) as display_order,
        {{ distinct_texts('requirements.waiting_for_zh', '；') }} as waiting_for_zh
    from requirements
    inner join names using (ruleset_id, requirement_code, part)
    where requirements.verdict is not null
    group by
        requirements.county_code,
        requirements.school_year,
        requirements.ruleset_id,
        requirements.block,
        requirements.requirement_code
),

indicator_verdicts as (
    select * from coefficient_verdicts
    union all
    select * from requirement_verdicts
),

school_folds as (
    select
        {{ county | join(", ") }},
        {{ folded_verdict('verdict') }} as verdict,
        {{ folded_verdict('verdict_strict') }} as verdict_strict,
        count(case when verdict = 'undecided' then 1 end) as undecided_schools
    from school_verdicts
    group by {{ county | join(", ") }}
),

block_parts as (
    select
        {{ county | join(", ") }},
        block,
        display_order,
        verdict,
        verdict_strict,
        case
            when verdict = 'undecided'
                then indicator_code || ' ' || name_zh || coalesce('（' || waiting_for_zh || '）', '')
        end as waiting_zh
    from indicator_verdicts
    union all
    select
        {{ county | join(", ") }},
        'resource' as block,
        cast(null as integer) as display_order,
        verdict,
        verdict_strict,
        case
            when undecided_schools > 0 then {{ sentence('waits_for_school_verdicts', count='undecided_schools') }}
        end as waiting_zh
    from school_folds
),

counts as (
    select
        {{ county | join(", ") }},
        -- preconditions and vetoes are no indicators
        count(case when verdict = 'met' then 1 end) as n_met,
        count(case when verdict = 'unmet' then 1 end) as n_unmet,
        count(case when verdict = 'undecided' then 1 end) as n_undecided
    from indicator_verdicts
    where block not in ('precondition', 'veto')
    group by {{ county | join(", ") }}
),

block_waits as (
    select
        {{ county | join(", ") }},
        block,
        {{ joined_text('waiting_zh', '、', 'case when display_order is null then 1 else 0 end, display_order') }} as waiting_zh
    from block_parts
    group by {{ county | join(", ") }}, block
),

waits as (
    select
        {{ county | join(", ") }},
        {{ joined_text("labels.label_zh || '：' || block_waits.waiting_zh", '；', 'labels.display_order') }} as waiting_for_zh
    from block_waits
    inner join labels on block_waits.block = labels.code and labels.list = 'block'
    where block_waits.waiting_zh is not null
    group by {{ county | join(", ") }}
),

folded as (
    select
        {{ county | join(", ") }},
        {%- for block in blocks %}
        {{ folded_verdict("case when block = '" ~ block ~ "' then verdict end") }} as {{ block }}_verdict,
        {%- endfor %}
        {{ folded_verdict("case when block = 'veto' then verdict end") }} as veto_verdict,
        {{ folded_verdict('verdict') }} as verdict,
        {{ folded_verdict('verdict_strict') }} as verdict_strict
    from block_parts
    group by {{ county | join(", ") }}
),

final as (
    select
        selected.county_code,
        selected.school_year,
        selected.ruleset_id,
        {%- for block in blocks %}
        folded.{{ block }}_verdict,
        {%- endfor %}
        case folded.veto_verdict when 'unmet' then true when 'met' then false end as vetoed,
        cast(coalesce(counts.n_met, 0) as integer) as n_met,  -- a rule set without limits and requirements judges nothing
        cast(coalesce(counts.n_unmet, 0) as integer) as n_unmet,  -- as above
        cast(coalesce(counts.n_undecided, 0) as integer) as n_undecided,  -- as above
        folded.verdict,
        folded.verdict_strict,
        case when folded.verdict = 'undecided' then waits.waiting_for_zh end as waiting_for_zh
    from selected
    left join folded using ({{ county | join(", ") }})
    left join counts using ({{ county | join(", ") }})
    left join waits using ({{ county | join(", ") }})
)

select * from final
