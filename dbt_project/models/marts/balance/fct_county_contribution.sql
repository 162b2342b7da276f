{%- set figure = ["county_code", "school_year", "stage", "indicator_code", "ruleset_id"] %}
with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

known as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        indicator_code,
        ruleset_id,
        pupils,
        numerator
    from school_indicators
    where value is not null
),

-- one number for each county, year, stage, indicator and rule set: cheaper to sort by than the five
totals as (
    select
        {{ figure | join(", ") }},
        sum(pupils) as pupils,
        sum(numerator) as numerator,
        row_number() over (order by {{ figure | join(", ") }}) as figure_number
    from known
    group by {{ figure | join(", ") }}
),

-- relative to the mean, so the scale cancels and amounts of every size fit
relative as (
    select
        known.county_code,
        known.school_year,
        known.school_code,
        known.stage,
        known.indicator_code,
        known.ruleset_id,
        known.pupils,
        totals.figure_number,
        {{ as_double('known.pupils') }} / {{ as_double('totals.pupils') }} as pupil_share,
        ({{ as_double('known.numerator') }} / {{ as_double('known.pupils') }})
        / nullif({{ as_double('totals.numerator') }} / {{ as_double('totals.pupils') }}, 0) as relative_value
    from known
    inner join totals using ({{ figure | join(", ") }})
),

terms as (
    select
        *,
        pupil_share * {{ squared('relative_value - 1') }} as term
    from relative
),

-- sums of decimals do not depend on the order of rows
sums as (
    select
        figure_number,
        {{ order_free_sum('term') }} as squared_coefficient
    from terms
    group by figure_number
),

shares as (
    select
        terms.*,
        sums.squared_coefficient,
        -- what differs in the last digits of binary floating point alone is equal; and narrow enough to be sorted quickly
        {{ as_decimal('terms.term', 18, 11) }} as ranked_term,
        -- of decimals: a sum that does not depend on the order of rows
        {{ as_decimal('terms.term / nullif(sums.squared_coefficient, 0)', 18, 15) }} as variance_share
    from terms
    inner join sums using (figure_number)
),

ranked as (
    select
        shares.*,
        case
            when shares.term is not null
                then row_number() over (
                    partition by shares.figure_number order by shares.ranked_term desc nulls last, shares.school_code asc
                )
        end as contribution_rank,
        sum(shares.variance_share) over (
            partition by shares.figure_number
            order by shares.ranked_term desc nulls last, shares.school_code asc
            rows between unbounded preceding and current row
        ) as cumulative_share
    from shares
),

-- of the other schools: mean square x pupils / (what they have)^2 - 1; without other schools, or with less
-- than a millionth of everything in them, none
others as (
    select
        *,
        case
            when pupil_share < 1 and 1 - pupil_share * relative_value >= 1e-6
                then
                    (squared_coefficient + 1 - pupil_share * {{ squared('relative_value') }})
                    * (1 - pupil_share) / nullif({{ squared('1 - pupil_share * relative_value') }}, 0) - 1
        end as others_variance
    from ranked
),

final as (
    select
        others.county_code,
        others.school_year,
        others.school_code,
        others.stage,
        others.indicator_code,
        others.ruleset_id,
        others.pupils,
        {{ as_decimal('others.pupil_share', 18, 12) }} as pupil_share,
        {{ as_decimal('others.relative_value', 28, 12) }} as relative_value,
        {{ as_decimal('others.term', 28, 12) }} as term,
        cast(others.variance_share as decimal(18, 12)) as variance_share,
        cast(others.contribution_rank as integer) as contribution_rank,
        -- by way of a double: decimals of 38 digits are slow to shorten
        {{ as_decimal(as_double('others.cumulative_share'), 18, 12) }} as cumulative_share,
        -- schools that do not differ, but for the last digits of binary floating point (a coefficient below 0.00001): 0
        {{ as_decimal('case when others.others_variance < 1e-10 then 0 else sqrt(others.others_variance) end', 18, 6) }}
            as coefficient_without,
        county_indicators.known_school_count < county_indicators.school_count
        or county_indicators.withheld_schools is not null as is_provisional
    from others
    inner join county_indicators using ({{ figure | join(", ") }})
)

select * from final
