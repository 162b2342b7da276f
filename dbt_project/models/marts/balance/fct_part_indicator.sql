{%- set figure = ["county_code", "school_year", "stage", "indicator_code", "ruleset_id"] %}
{%- set part = figure + ["division", "part"] %}
with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

parts as (
    select * from {{ ref('int_balance__school_part') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

known as (
    select
        *,
        coalesce(numerator_relaxed, numerator) as relaxed_numerator
    from school_indicators
    where value is not null
),

counties as (
    select
        {{ figure | join(", ") }},
        sum(pupils) as county_pupils,
        sum(numerator) as county_numerator
    from known
    group by {{ figure | join(", ") }}
),

placed as (
    select
        known.*,
        parts.division,
        parts.part
    from known
    inner join parts using (county_code, school_year, school_code)
    where parts.part is not null
),

totals as (
    select
        {{ part | join(", ") }},
        count(*) as school_count,
        count(numerator_relaxed) as relaxed_school_count,
        sum(pupils) as pupils,
        sum(numerator) as numerator,
        sum(relaxed_numerator) as relaxed_numerator
    from placed
    group by {{ part | join(", ") }}
),

-- relative to the mean of the part, so the scale cancels and amounts of every size fit
deviations as (
    select
        {{ part | join(", ") }},
        {{ order_free_sum(
            as_double("placed.pupils") ~ " / " ~ as_double("totals.pupils") ~ " * " ~ squared(
                "(" ~ as_double("placed.numerator") ~ " / " ~ as_double("placed.pupils") ~ ") / nullif("
                ~ as_double("totals.numerator") ~ " / " ~ as_double("totals.pupils") ~ ", 0) - 1"
            )
        ) }} as squared_coefficient,
        {{ order_free_sum(
            as_double("placed.pupils") ~ " / " ~ as_double("totals.pupils") ~ " * " ~ squared(
                "(" ~ as_double("placed.relaxed_numerator") ~ " / " ~ as_double("placed.pupils") ~ ") / nullif("
                ~ as_double("totals.relaxed_numerator") ~ " / " ~ as_double("totals.pupils") ~ ", 0) - 1"
            )
        ) }} as relaxed_squared_coefficient
    from placed
    inner join totals using ({{ part | join(", ") }})
    group by {{ part | join(", ") }}
),

relative as (
    select
        totals.*,
        deviations.squared_coefficient,
        deviations.relaxed_squared_coefficient,
        counties.county_pupils,
        {{ as_double('totals.pupils') }} / {{ as_double('counties.county_pupils') }} as pupil_share,
        ({{ as_double('totals.numerator') }} / {{ as_double('totals.pupils') }})
        / nullif({{ as_double('counties.county_numerator') }} / {{ as_double('counties.county_pupils') }}, 0) as relative_mean
    from totals
    inner join deviations using ({{ part | join(", ") }})
    inner join counties using ({{ figure | join(", ") }})
),

final as (
    select
        {%- for column in part %}
        relative.{{ column }},
        {%- endfor %}
        cast(relative.school_count as integer) as school_count,
        cast(relative.pupils as bigint) as pupils,
        {{ from_units(
            rounded_quotient('(' ~ to_units('relative.numerator', 12) ~ ' * indicators.scale)', 'relative.pupils'), 38, 12
        ) }} as mean,
        {{ as_decimal('relative.relative_mean', 28, 12) }} as relative_mean,
        {{ as_decimal('sqrt(relative.squared_coefficient)', 28, 12) }} as coefficient_within,
        case
            when relative.relaxed_school_count > 0
                then {{ from_units(rounded_quotient(
                    '(' ~ to_units('relative.relaxed_numerator', 12) ~ ' * indicators.scale)', 'relative.pupils'
                ), 38, 12) }}
        end as mean_relaxed,
        {{ as_decimal(
            "case when relative.relaxed_school_count > 0 then sqrt(relative.relaxed_squared_coefficient) end", 28, 12
        ) }} as coefficient_within_relaxed,
        -- the two sum over the parts to the square of the county's coefficient
        {{ as_decimal('relative.pupil_share * ' ~ squared('relative.relative_mean - 1'), 28, 12) }} as term_between,
        {{ as_decimal(
            'relative.pupil_share * ' ~ squared('relative.relative_mean')
            ~ ' * case when relative.relative_mean = 0 then 0 else relative.squared_coefficient end', 28, 12
        ) }} as term_within
    from relative
    inner join indicators using (ruleset_id, indicator_code, stage)
)

select * from final
