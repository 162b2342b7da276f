{%- set group = ["county_code", "school_year", "ruleset_id", "stage", "indicator_code"] %}
{%- set group_columns = group | join(", ") %}
with

school_values as (
    select * from {{ ref('int_declared__value') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

county_figures as (
    select * from {{ ref('int_declared__county_figure') }}
),

rounded_coefficients as (
    select
        'rounding' as bridge,
        {%- for column in group %}
        county_figures.{{ column }},
        {%- endfor %}
        {{ as_double(
            half_up_with_snap(to_units(as_decimal('county_figures.coefficient', 38, 12), 12), 'indicators.coefficient_decimals')
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
    {%- for measure in ["mean", "coefficient"] %}
    union all
    select
        bridge,
        {{ group_columns }},
        cast(null as {{ text_type() }}) as school_code,
        '{{ measure }}' as measure,
        {{ measure }} as value
    from county_figures
    where bridge <> 'computed'
    {%- endfor %}
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
        {{ group_columns }},
        school_code,
        measure,
        {{ as_decimal('value', 38, 12) }} as value
    from alternatives
    where value is not null
)

select * from final
