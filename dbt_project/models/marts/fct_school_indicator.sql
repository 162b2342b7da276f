with

amounts as (
    select * from {{ ref('int_balance__stage_amounts') }}
),

indicators as (
    select * from {{ ref('rule_indicators') }}
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
        indicators.decimals,
        indicators.is_split,
        indicators.counts_whole_units,
        {{ to_units('amounts.amount', 4) }} as amount_units,
        {{ to_units('amounts.stage_weight', 3) }} as weight,
        {{ to_units('amounts.weighted_pupils', 3) }} as base,
        {{ to_units('indicators.standard', 4) }} as standard_units,
        {{ to_units('indicators.floor', 4) }} as floor_units,
        cast(indicators.scale as hugeint) as scale,
        {{ power_of_ten('indicators.decimals') }} as rounding
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
        {{ quotient('abs(weighted_amount) * pupils', 'value_base') }} as whole_share
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
                cast(sign(weighted_amount) as hugeint) * (
                    whole_share * 1000000000000
                    + {{ rounded_quotient('((abs(weighted_amount) * pupils - whole_share * value_base) * 1000000000000)', 'value_base') }}
                )
        end as numerator_units,
        case
            when gap = 0 then 0
            else {{ rounded_quotient('(gap * pupils * 1000000000000)', '(value_base * scale)') }}
        end as shortfall_units,
        -- to bring this stage up, a split amount has to grow by its shortfall / its share; persons and rooms come whole
        case
            when gap = 0 then 0
            when is_split and counts_whole_units
                then {{ ceiling_quotient('gap', '(weight * 10000 * scale)') }} * 1000000000000
            when is_split then {{ rounded_quotient('(gap * 1000000000000)', '(weight * 10000 * scale)') }}
            when counts_whole_units
                then {{ ceiling_quotient('gap * pupils', '(value_base * scale)') }} * 1000000000000
            else {{ rounded_quotient('(gap * pupils * 1000000000000)', '(value_base * scale)') }}
        end as need_units
    from judged
),

-- a split amount belongs to the whole school, which has to build for its worst stage
school_needs as (
    select
        county_code,
        school_year,
        school_code,
        indicator_code,
        ruleset_id,
        max(need_units) as need_units
    from rounded
    where is_split and need_units > 0
    group by county_code, school_year, school_code, indicator_code, ruleset_id
),

final as (
    select
        rounded.county_code,
        rounded.school_year,
        rounded.school_code,
        rounded.stage,
        rounded.indicator_code,
        rounded.ruleset_id,
        {{ from_units('rounded.numerator_units', 38, 12) }} as numerator,
        rounded.pupils,
        {{ from_units('rounded.value_units', 38, 12) }} as value,
        cast(
            {{ from_units('rounded.rounded_units * ' ~ power_of_ten('4 - rounded.decimals'), 28, 4) }} as decimal(24, 2)
        ) as value_rounded,
        rounded.standard,
        rounded.floor,
        rounded.verdict,
        rounded.verdict as verdict_strict,
        cast(null as varchar) as relaxation_code,
        case
            when rounded.verdict <> 'undecided'
                then rounded.verdict <> {{ school_verdict(
                    'rounded.operator',
                    'rounded.rounded_units * 10000',
                    'rounded.rounding',
                    'rounded.standard_units',
                    'rounded.floor_units',
                ) }}
        end as verdict_changes_when_rounded,
        {{ from_units('rounded.shortfall_units', 38, 12) }} as shortfall,
        {{ from_units('coalesce(school_needs.need_units, rounded.need_units)', 38, 12) }} as school_shortfall
    from rounded
    left join school_needs
        on
            rounded.county_code = school_needs.county_code
            and rounded.school_year = school_needs.school_year
            and rounded.school_code = school_needs.school_code
            and rounded.indicator_code = school_needs.indicator_code
            and rounded.ruleset_id = school_needs.ruleset_id
)

select * from final
