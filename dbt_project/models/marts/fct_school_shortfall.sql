{#- What a school lacks: to the standard and to the floor, strict and with the relaxation it may use. -#}
{%- set targets = ["standard", "floor", "relaxed_standard", "relaxed_floor"] %}
with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

amounts as (
    select * from {{ ref('int_balance__stage_amounts') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

-- in whole numbers, as fct_school_indicator has them
missing as (
    select
        school_indicators.county_code,
        school_indicators.school_year,
        school_indicators.school_code,
        school_indicators.stage,
        school_indicators.indicator_code,
        school_indicators.ruleset_id,
        school_indicators.value,
        school_indicators.value_relaxed,
        school_indicators.verdict,
        school_indicators.verdict_strict,
        amounts.relaxation_code,
        amounts.pupils,
        indicators.standard,
        indicators.floor,
        indicators.unit,
        indicators.is_split,
        indicators.counts_whole_units,
        {{ to_units('indicators.standard', 4) }} as standard_units,
        {{ to_units('indicators.floor', 4) }} as floor_units,
        {{ as_whole('indicators.scale') }} as scale,
        {{ to_units('amounts.amount', 4) }} as amount_units,
        -- without a relaxation the strict amount is what there is
        {{ to_units('coalesce(amounts.relaxed_amount, amounts.amount)', 4) }} as relaxed_amount_units,
        {{ to_units('amounts.stage_weight', 3) }} as weight,
        {{ to_units('amounts.weighted_pupils', 3) }} as base,
        {{ to_units('amounts.weighted_pupils', 3) }} * 10000 as value_base
    from school_indicators
    inner join amounts using (county_code, school_year, school_code, stage, indicator_code, ruleset_id)
    inner join indicators using (ruleset_id, indicator_code, stage)
    where school_indicators.verdict_strict in ('floor_met', 'unmet') and indicators.operator = '>='
),

-- a verdict says that nothing is missing, however the rule set compares
gaps as (
    select
        *,
        standard_units * base - amount_units * weight * scale as standard_gap,
        case
            when verdict_strict = 'floor_met' then 0
            else floor_units * base - amount_units * weight * scale
        end as floor_gap,
        case
            when verdict = 'met' then 0
            else standard_units * base - relaxed_amount_units * weight * scale
        end as relaxed_standard_gap,
        case
            when verdict in ('met', 'floor_met') then 0
            else floor_units * base - relaxed_amount_units * weight * scale
        end as relaxed_floor_gap
    from missing
),

stage_shortfalls as (
    select
        *,
        {%- for target in targets %}
        {{ stage_shortfall_units(target ~ "_gap") }} as {{ target }}_missing{{ "," if not loop.last }}
        {%- endfor %}
    from gaps
),

-- a split amount belongs to the whole school, which has to build for its worst stage
school_needs as (
    select
        county_code,
        school_year,
        school_code,
        indicator_code,
        {%- for target in targets %}
        max({{ school_need_units(target ~ "_gap") }}) as {{ target }}_need,
        {%- endfor %}
        ruleset_id
    from gaps
    where is_split
    group by county_code, school_year, school_code, indicator_code, ruleset_id
),

completed as (
    select
        stage_shortfalls.*,
        {%- for target in targets %}
        {{ school_shortfall_units("school_needs." ~ target ~ "_need", "stage_shortfalls." ~ target ~ "_missing") }}
            as school_{{ target }}_missing{{ "," if not loop.last }}
        {%- endfor %}
    from stage_shortfalls
    left join school_needs using (county_code, school_year, school_code, indicator_code, ruleset_id)
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        indicator_code,
        ruleset_id,
        unit,
        pupils,
        value,
        standard,
        floor,
        verdict,
        verdict_strict,
        {{ from_units('standard_missing', 38, 12) }} as shortfall,
        {{ from_units('school_standard_missing', 38, 12) }} as school_shortfall,
        {{ from_units('floor_missing', 38, 12) }} as floor_shortfall,
        {{ from_units('school_floor_missing', 38, 12) }} as school_floor_shortfall,
        relaxation_code,
        value_relaxed,
        {{ from_units('relaxed_standard_missing', 38, 12) }} as relaxed_shortfall,
        {{ from_units('school_relaxed_standard_missing', 38, 12) }} as school_relaxed_shortfall,
        {{ from_units('relaxed_floor_missing', 38, 12) }} as relaxed_floor_shortfall,
        {{ from_units('school_relaxed_floor_missing', 38, 12) }} as school_relaxed_floor_shortfall
    from completed
)

select * from final
