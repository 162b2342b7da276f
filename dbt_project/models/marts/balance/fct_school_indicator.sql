{#- What is missing is measured to the standard and to the floor, strictly and, where a relaxation applies, with what it adds. -#}
{%- set targets = ["standard", "floor", "relaxed_standard", "relaxed_floor"] %}
{%- set of_the_stage = ["is_split", "weight", "pupils", "base", "value_base"] %}
with

amounts as (
    select * from {{ ref('int_balance__stage_amounts') }}
),

rules as (
    select * from {{ ref('int_rules__indicator') }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

-- in whole numbers, once for each rule and not for each school
indicators as (
    select
        rules.ruleset_id,
        rules.indicator_code,
        rules.stage,
        rules.standard,
        rules.floor,
        rules.operator,
        rules.is_split,
        rules.counts_whole_units,
        {{ to_units('rules.standard', 4) }} as standard_units,
        {{ to_units('rules.floor', 4) }} as floor_units,
        {{ as_whole('rules.scale') }} as scale,
        {{ power_of_ten('rules.decimals') }} as rounding,
        {{ power_of_ten('3 - rules.decimals') }} as rounding_rest,  -- a test sees to it that there are three at most
        {{ compares_rounded('settings.value') }} as compares_rounded
    from rules
    left join settings on rules.ruleset_id = settings.ruleset_id and settings.setting = 'comparison'
),

-- Exact whole numbers from here on. Amounts and standards count in 1/10^4, weights and weighted pupils in 1/10^3, so with
--   figure = amount x stage_weight x scale   (1/10^7)      base = weighted_pupils   (1/10^3)
-- the value is figure / (base x 10^4), and value >= standard is figure >= standard x base, without a division.
exact as (
    select
        amounts.county_code,
        amounts.school_year,
        amounts.school_code,
        amounts.stage,
        amounts.indicator_code,
        amounts.ruleset_id,
        amounts.pupils,
        indicators.standard,
        indicators.floor,
        indicators.operator,
        indicators.is_split,
        indicators.counts_whole_units,
        indicators.standard_units,
        indicators.floor_units,
        indicators.scale,
        indicators.rounding,
        indicators.rounding_rest,
        indicators.compares_rounded,
        amounts.relaxation_code,
        {{ to_units('amounts.amount', 4) }} as amount_units,
        {{ to_units('amounts.relaxed_amount', 4) }} as relaxed_amount_units,
        {{ to_units('amounts.stage_weight', 3) }} as weight,
        {{ to_units('amounts.weighted_pupils', 3) }} as base
    from amounts
    inner join indicators using (ruleset_id, indicator_code, stage)
),

weighted as (
    select
        *,
        amount_units * weight as weighted_amount,
        amount_units * weight * scale as figure,
        relaxed_amount_units * weight * scale as relaxed_figure,
        base * 10000 as value_base
    from exact
),

measured as (
    select
        *,
        {{ rounded_quotient('(figure * 1000000000000)', 'value_base') }} as value_units,
        {{ rounded_quotient('(figure * rounding)', 'value_base') }} as rounded_units,
        -- of the few that may relax; the others are not worth a division
        case when relaxed_figure is not null then {{ rounded_quotient('(relaxed_figure * 1000000000000)', 'value_base') }} end
            as relaxed_value_units,
        case when relaxed_figure is not null then {{ rounded_quotient('(relaxed_figure * rounding)', 'value_base') }} end
            as relaxed_rounded_units
    from weighted
),

compared as (
    select
        *,
        {{ school_verdict('operator', 'figure', 'base', 'standard_units', 'floor_units') }} as exact_verdict,
        {{ school_verdict('operator', 'rounded_units * 10000', 'rounding', 'standard_units', 'floor_units') }} as rounded_verdict,
        {{ school_verdict('operator', 'relaxed_figure', 'base', 'standard_units', 'floor_units') }} as relaxed_exact_verdict,
        {{ school_verdict('operator', 'relaxed_rounded_units * 10000', 'rounding', 'standard_units', 'floor_units') }}
            as relaxed_rounded_verdict
    from measured
),

-- the one that the rule set compares by; without a relaxation the relaxed verdict is the strict one
judged as (
    select
        *,
        case when compares_rounded then rounded_verdict else exact_verdict end as verdict_strict,
        case
            when relaxed_figure is null then exact_verdict <> rounded_verdict
            else relaxed_exact_verdict <> relaxed_rounded_verdict
        end as verdict_changes_when_rounded,
        case
            when relaxed_figure is null and compares_rounded then rounded_verdict
            when relaxed_figure is null then exact_verdict
            when compares_rounded then relaxed_rounded_verdict
            else relaxed_exact_verdict
        end as verdict
    from compared
),

shares as (
    select
        *,
        -- what is missing, in the units of figure, none where the verdict says so; only a minimum can be missed by an amount
        case
            when operator <> '>=' then null
            when verdict_strict = 'met' then 0
            else standard_units * base - figure
        end as standard_gap,
        case
            when operator <> '>=' then null
            when verdict_strict in ('met', 'floor_met') then 0
            else floor_units * base - figure
        end as floor_gap,
        case
            when operator <> '>=' or relaxed_figure is null then null
            when verdict = 'met' then 0
            else standard_units * base - relaxed_figure
        end as relaxed_standard_gap,
        case
            when operator <> '>=' or relaxed_figure is null then null
            when verdict in ('met', 'floor_met') then 0
            else floor_units * base - relaxed_figure
        end as relaxed_floor_gap,
        -- the school's share of the amount is (weighted_amount x pupils) / (base x 10^4): its whole part first, because the
        -- dividend with twelve more digits would not fit
        {{ quotient('(abs(weighted_amount) * pupils)', 'value_base') }} as whole_share,
        case
            when relaxed_figure is not null then {{ quotient('(abs(relaxed_amount_units * weight) * pupils)', 'value_base') }}
        end as whole_relaxed_share
    from judged
),

rounded as (
    select
        *,
        {%- for target in targets %}
        {{ stage_shortfall_units(target ~ "_gap", "pupils", "value_base", "scale") }} as {{ target }}_missing,
        {%- endfor %}
        {{ stage_share_units('amount_units', 'whole_share', *of_the_stage) }} as numerator_units,
        case
            when relaxed_figure is not null
                then {{ stage_share_units('relaxed_amount_units', 'whole_relaxed_share', *of_the_stage) }}
        end as relaxed_numerator_units
    from shares
),

-- a split amount belongs to the whole school, which has to build for its worst stage: to bring that one up, the amount grows
-- by the stage's shortfall / the stage's share
school_needs as (
    select
        county_code,
        school_year,
        school_code,
        indicator_code,
        {%- for target in targets %}
        max(
            case
                when {{ target }}_gap > 0 then {{ school_need_units(target ~ "_gap", "counts_whole_units", "weight", "scale") }}
            end
        ) as {{ target }}_need,
        {%- endfor %}
        ruleset_id
    from shares
    where is_split and standard_gap > 0
    group by county_code, school_year, school_code, indicator_code, ruleset_id
),

completed as (
    select
        {%- for target in targets %}
        {{ school_shortfall_units(
            "school_needs." ~ target ~ "_need", "rounded." ~ target ~ "_missing", "rounded.counts_whole_units"
        ) }} as school_{{ target }}_missing,
        {%- endfor %}
        rounded.*
    from rounded
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
        {{ from_units('numerator_units', 38, 12) }} as numerator,
        pupils,
        {{ from_units('value_units', 38, 12) }} as value,
        {{ from_units('rounded_units * rounding_rest', 24, 3) }} as value_rounded,
        standard,
        floor,
        verdict,
        verdict_strict,
        case when verdict <> verdict_strict then relaxation_code end as relaxation_code,
        case when verdict <> 'undecided' then verdict_changes_when_rounded end as verdict_changes_when_rounded,
        {{ from_units('standard_missing', 38, 12) }} as shortfall,
        {{ from_units('school_standard_missing', 38, 12) }} as school_shortfall,
        {{ from_units('relaxed_numerator_units', 38, 12) }} as numerator_relaxed,
        {{ from_units('relaxed_value_units', 38, 12) }} as value_relaxed,
        {{ from_units('floor_missing', 38, 12) }} as floor_shortfall,
        {{ from_units('school_floor_missing', 38, 12) }} as school_floor_shortfall,
        {{ from_units('relaxed_standard_missing', 38, 12) }} as relaxed_shortfall,
        {{ from_units('school_relaxed_standard_missing', 38, 12) }} as school_relaxed_shortfall,
        {{ from_units('relaxed_floor_missing', 38, 12) }} as relaxed_floor_shortfall,
        {{ from_units('school_relaxed_floor_missing', 38, 12) }} as school_relaxed_floor_shortfall
    from completed
)

select * from final
