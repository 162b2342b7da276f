with

amounts as (
    select * from {{ ref('int_balance__stage_amounts') }}
),

rules as (
    select * from {{ ref('rule_indicators') }}
),

-- in whole numbers, once for each rule and not for each school
indicators as (
    select
        ruleset_id,
        indicator_code,
        stage,
        standard,
        floor,
        operator,
        is_split,
        counts_whole_units,
        {{ to_units('standard', 4) }} as standard_units,
        {{ to_units('floor', 4) }} as floor_units,
        {{ as_whole('scale') }} as scale,
        {{ power_of_ten('decimals') }} as rounding,
        {{ power_of_ten('2 - decimals') }} as rounding_rest  -- a test sees to it that there are two at most
    from rules
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
        {{ to_units('amounts.amount', 4) }} as amount_units,
        {{ to_units('amounts.stage_weight', 3) }} as weight,
        {{ to_units('amounts.weighted_pupils', 3) }} as base
    from amounts
    inner join indicators using (ruleset_id, indicator_code, stage)
),

weighted as (
    select
        *,
        amount_units * weight as weighted_amount,
        base * 10000 as value_base
    from exact
),

judged as (
    select
        *,
        weighted_amount * scale as figure,
        {{ school_verdict('operator', 'weighted_amount * scale', 'base', 'standard_units', 'floor_units') }} as verdict,
        -- what is missing to the standard, in the units of figure; only a minimum can be missed by an amount
        case
            when operator <> '>=' then null
            when weighted_amount * scale >= standard_units * base then 0
            else standard_units * base - weighted_amount * scale
        end as gap,
        -- the school's share of the amount is (weighted_amount x pupils) / (base x 10^4): its whole part first, because the
        -- dividend with twelve more digits would not fit
        {{ quotient('(abs(weighted_amount) * pupils)', 'value_base') }} as whole_share
    from weighted
),

rounded as (
    select
        *,
        {{ rounded_quotient('(figure * 1000000000000)', 'value_base') }} as value_units,
        {{ rounded_quotient('(figure * rounding)', 'value_base') }} as rounded_units,
        case
            when not is_split or weight * pupils = base then amount_units * 100000000
            else
                {{ as_whole("sign(weighted_amount)") }} * (
                    whole_share * 1000000000000
                    + {{ rounded_quotient(
                        '((abs(weighted_amount) * pupils - whole_share * value_base) * 1000000000000)', 'value_base'
                    ) }}
                )
        end as numerator_units,
        case
            when gap = 0 then 0
            else {{ rounded_quotient('(gap * pupils * 1000000000000)', '(value_base * scale)') }}
        end as shortfall_units
    from judged
),

-- a split amount belongs to the whole school, which has to build for its worst stage: to bring that one up, the amount grows
-- by the stage's shortfall / the stage's share
school_needs as (
    select
        county_code,
        school_year,
        school_code,
        indicator_code,
        ruleset_id,
        max(
            case
                when counts_whole_units
                    then {{ ceiling_quotient('gap', '(weight * 10000 * scale)') }} * 1000000000000
                else {{ rounded_quotient('(gap * 1000000000000)', '(weight * 10000 * scale)') }}
            end
        ) as need_units
    from judged
    where is_split and gap > 0
    group by county_code, school_year, school_code, indicator_code, ruleset_id
),

completed as (
    select
        rounded.*,
        case
            when school_needs.need_units is not null then school_needs.need_units
            -- persons come whole
            when rounded.counts_whole_units
                then {{ ceiling_quotient('rounded.shortfall_units', '1000000000000') }} * 1000000000000
            else rounded.shortfall_units
        end as school_shortfall_units
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
        {{ from_units('rounded_units * rounding_rest', 24, 2) }} as value_rounded,
        standard,
        floor,
        verdict,
        verdict as verdict_strict,
        cast(null as varchar) as relaxation_code,
        case
            when verdict <> 'undecided'
                then verdict <> {{ school_verdict(
                    'operator',
                    'rounded_units * 10000',
                    'rounding',
                    'standard_units',
                    'floor_units',
                ) }}
        end as verdict_changes_when_rounded,
        {{ from_units('shortfall_units', 38, 12) }} as shortfall,
        {{ from_units('school_shortfall_units', 38, 12) }} as school_shortfall
    from completed
)

select * from final
