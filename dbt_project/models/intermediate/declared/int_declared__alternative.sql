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
        value
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
        computed.county_code,
        computed.school_year,
        computed.ruleset_id,
        computed.stage,
        computed.indicator_code,
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
        computed.county_code,
        computed.school_year,
        computed.ruleset_id,
        computed.stage,
        computed.indicator_code,
        computed.school_code,
        computed.pupils,
        {{ as_double(
            half_up_with_snap(to_units('cast(computed.value as decimal(38, 12))', 12), 'indicators.decimals')
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
            "members.pupils / totals.pupils * power(members.value / nullif(totals.weighted_mean, 0) - 1, 2)"
        ) }}) as weighted_coefficient,
        {{ order_free_sum("power(members.value / nullif(totals.plain_mean, 0) - 1, 2)") }} as plain_squares
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

county_figures as (
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
),

rounded_coefficients as (
    select
        'rounding' as bridge,
        county_figures.county_code,
        county_figures.school_year,
        county_figures.ruleset_id,
        county_figures.stage,
        county_figures.indicator_code,
        {{ as_double(
            half_up_with_snap(to_units('cast(county_figures.coefficient as decimal(38, 12))', 12), 'indicators.coefficient_decimals')
        ) }} as coefficient
    from county_figures
    inner join indicators using (ruleset_id, indicator_code, stage)
    where county_figures.bridge = 'computed'
),

composite_parts as (
    select
        bridge,
        {{ group_columns }},
        coefficient
    from county_figures
    where bridge <> 'rounding'
    union all
    select * from rounded_coefficients
),

composite_groups as (
    select distinct
        bridge,
        county_code,
        school_year,
        ruleset_id,
        stage
    from composite_parts
    where bridge <> 'computed'
),

-- an indicator that the change does not touch counts as it is
composites as (
    select
        composite_groups.bridge,
        composite_groups.county_code,
        composite_groups.school_year,
        composite_groups.ruleset_id,
        composite_groups.stage,
        {{ order_free_sum('coalesce(changed.coefficient, unchanged.coefficient)') }} / count(*) as coefficient
    from composite_groups
    inner join composite_parts as unchanged
        on
            composite_groups.county_code = unchanged.county_code
            and composite_groups.school_year = unchanged.school_year
            and composite_groups.ruleset_id = unchanged.ruleset_id
            and composite_groups.stage = unchanged.stage
            and unchanged.bridge = 'computed'
    left join composite_parts as changed
        on
            composite_groups.bridge = changed.bridge
            and unchanged.county_code = changed.county_code
            and unchanged.school_year = changed.school_year
            and unchanged.ruleset_id = changed.ruleset_id
            and unchanged.stage = changed.stage
            and unchanged.indicator_code = changed.indicator_code
    group by
        composite_groups.bridge, composite_groups.county_code, composite_groups.school_year, composite_groups.ruleset_id,
        composite_groups.stage
    having count(*) = count(coalesce(changed.coefficient, unchanged.coefficient))
),

alternatives as (
    select
        bridge,
        {{ group_columns }},
        school_code,
        'value' as measure,
        value
    from school_values
    where bridge <> 'computed'
    union all
    select distinct  -- the pupils of a school are the same for each indicator
        bridge,
        county_code,
        school_year,
        ruleset_id,
        stage,
        'pupils' as indicator_code,
        school_code,
        'pupils' as measure,
        pupils as value
    from school_values
    where bridge in ('registry', 'uncorrected', 'other_submission', 'scope', 'last_year')
    union all
    select
        bridge,
        {{ group_columns }},
        cast(null as {{ text_type() }}) as school_code,
        'mean' as measure,
        mean as value
    from county_figures
    where bridge <> 'computed'
    union all
    select
        bridge,
        {{ group_columns }},
        cast(null as {{ text_type() }}) as school_code,
        'coefficient' as measure,
        coefficient as value
    from county_figures
    where bridge <> 'computed'
    union all
    select
        bridge,
        county_code,
        school_year,
        ruleset_id,
        stage,
        'composite' as indicator_code,
        cast(null as {{ text_type() }}) as school_code,
        'coefficient' as measure,
        coefficient as value
    from composites
),

final as (
    select
        bridge,
        county_code,
        school_year,
        ruleset_id,
        stage,
        indicator_code,
        school_code,
        measure,
        cast(value as decimal(38, 12)) as value
    from alternatives
    where value is not null
)

select * from final
