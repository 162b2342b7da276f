with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

indicators as (
    select * from {{ ref('rule_indicators') }}
),

{%- set grain = ["county_code", "school_year", "stage", "indicator_code", "ruleset_id"] %}

totals as (
    select
        {%- for column in grain %}
        school_indicators.{{ column }},
        {%- endfor %}
        indicators.scale,
        indicators.standard,
        indicators.difference_limit,
        indicators.mean_decimals,
        indicators.coefficient_decimals,
        count(*) as school_count,
        count(school_indicators.value) as known_school_count,
        count(case when school_indicators.verdict = 'met' then 1 end) as schools_met,
        count(case when school_indicators.verdict = 'floor_met' then 1 end) as schools_floor_met,
        {{ sum_if_all_known('school_indicators.pupils', 'bigint') }} as pupils,
        -- a school with one of the two unknown has no value and adds neither
        cast(sum(case when school_indicators.value is not null then school_indicators.pupils end) as bigint) as known_pupils,
        sum(case when school_indicators.value is not null then school_indicators.numerator end) as known_amount
    from school_indicators
    inner join indicators
        on
            school_indicators.ruleset_id = indicators.ruleset_id
            and school_indicators.indicator_code = indicators.indicator_code
            and school_indicators.stage = indicators.stage
    group by all
),

-- total over total, not the mean of the schools' values
means as (
    select
        *,
        {{ rounded_quotient(to_units('known_amount', 12) ~ ' * scale', 'cast(known_pupils as hugeint)') }} as mean_units,
        cast(known_amount as double) / known_pupils as mean_amount
    from totals
),

-- the square of the coefficient: each school by its share of the pupils (population form, no n - 1), taken relative to the
-- mean so that no amount is too large; a mean of 0 has no coefficient
squares as (
    select
        {%- for column in grain %}
        means.{{ column }},
        {%- endfor %}
        {{ order_free_sum(
            "cast(school_indicators.pupils as double) / means.known_pupils * power("
            "cast(school_indicators.numerator as double) / school_indicators.pupils / nullif(means.mean_amount, 0) - 1, 2)"
        ) }} as squared_coefficient
    from means
    inner join school_indicators
        on
            {%- for column in grain %}
            {{ "and " if not loop.first }}means.{{ column }} = school_indicators.{{ column }}
            {%- endfor %}
    where school_indicators.value is not null
    group by
        {%- for column in grain %}
        means.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
),

missing as (
    select
        {%- for column in grain %}
        school_indicators.{{ column }},
        {%- endfor %}
        {{ joined_text('schools.school_name', '、', 'schools.school_code') }} as waiting_for
    from school_indicators
    inner join schools
        on
            school_indicators.county_code = schools.county_code
            and school_indicators.school_year = schools.school_year
            and school_indicators.school_code = schools.school_code
    where school_indicators.value is null
    group by
        {%- for column in grain %}
        school_indicators.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
),

measured as (
    select
        means.*,
        missing.waiting_for,
        sqrt(squares.squared_coefficient) as known_coefficient,
        means.known_school_count = means.school_count as is_complete,
        case when means.known_school_count = means.school_count then squares.squared_coefficient end as squared_coefficient
    from means
    left join squares
        on
            {%- for column in grain %}
            {{ "and " if not loop.first }}means.{{ column }} = squares.{{ column }}
            {%- endfor %}
    left join missing
        on
            {%- for column in grain %}
            {{ "and " if not loop.first }}means.{{ column }} = missing.{{ column }}
            {%- endfor %}
),

figures as (
    select
        *,
        case when is_complete then known_coefficient end as coefficient,
        -- all values zero: no deviation, but no coefficient either
        case when is_complete then coalesce(known_coefficient, 0) * mean_amount * scale end as deviation
    from measured
),

final as (
    select
        county_code,
        school_year,
        stage,
        indicator_code,
        ruleset_id,
        school_count
    from figures
)

select * from final
