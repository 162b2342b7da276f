{%- set group = ["county_code", "school_year", "ruleset_id", "stage", "indicator_code"] %}
{%- set group_columns = group | join(", ") %}
with

school_values as (
    select * from {{ ref('int_declared__value') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

computed as (
    select
        {{ group_columns }},
        school_code,
        pupils,
        value,
        {{ as_decimal('value', 38, 12) }} as decimal_value
    from school_values
    where bridge = 'computed'
),

others as (
    select * from school_values
    where bridge not in ('computed', 'last_year')
),

changed_groups as (
    select distinct
        bridge,
        {{ group_columns }}
    from others
),

-- the county with one thing changed: the changed schools, and the others as they are
members as (
    select
        bridge,
        {{ group_columns }},
        school_code,
        pupils,
        value
    from others
    union all
    select
        changed_groups.bridge,
        {%- for column in group %}
        computed.{{ column }},
        {%- endfor %}
        computed.school_code,
        computed.pupils,
        computed.value
    from changed_groups
    inner join computed using ({{ group_columns }})
    left join others using (bridge, {{ group_columns }}, school_code)
    where others.school_code is null
    union all
    select
        bridge,
        {{ group_columns }},
        school_code,
        pupils,
        value
    from school_values
    where bridge in ('computed', 'last_year')
    union all
    select
        'rounding' as bridge,
        {%- for column in group %}
        computed.{{ column }},
        {%- endfor %}
        computed.school_code,
        computed.pupils,
        {{ as_double(
            half_up_with_snap(to_units('computed.decimal_value', 12), 'indicators.decimals')
        ) }} as value
    from computed
    inner join indicators using (ruleset_id, indicator_code, stage)
),

-- whole counties only, and none without pupils
totals as (
    select
        bridge,
        {{ group_columns }},
        count(*) as schools,
        {{ order_free_sum('pupils') }} as pupils,
        {{ order_free_sum('pupils * value') }} / nullif({{ order_free_sum('pupils') }}, 0) as weighted_mean,
        {{ order_free_sum('value') }} / count(*) as plain_mean
    from members
    where pupils > 0
    group by bridge, {{ group_columns }}
    having count(*) = count(value)
),

deviations as (
    select
        totals.bridge,
        {%- for column in group %}
        totals.{{ column }},
        {%- endfor %}
        totals.schools,
        totals.weighted_mean,
        totals.plain_mean,
        sqrt({{ order_free_sum(
            "members.pupils / totals.pupils * " ~ squared("members.value / nullif(totals.weighted_mean, 0) - 1")
        ) }}) as weighted_coefficient,
        {{ order_free_sum(squared("members.value / nullif(totals.plain_mean, 0) - 1")) }} as plain_squares
    from totals
    inner join members using (bridge, {{ group_columns }})
    where members.pupils > 0
    group by
        totals.bridge,
        {%- for column in group %}
        totals.{{ column }},
        {%- endfor %}
        totals.schools, totals.weighted_mean, totals.plain_mean
),

final as (
    select
        bridge,
        {{ group_columns }},
        weighted_mean as mean,
        weighted_coefficient as coefficient
    from deviations
    union all
    select
        'unweighted' as bridge,
        {{ group_columns }},
        plain_mean as mean,
        sqrt(plain_squares / schools) as coefficient
    from deviations
    where bridge = 'computed'
    union all
    select
        'unweighted_sample' as bridge,
        {{ group_columns }},
        {{ as_double('null') }} as mean,
        sqrt(plain_squares / nullif(schools - 1, 0)) as coefficient
    from deviations
    where bridge = 'computed'
)

select * from final
