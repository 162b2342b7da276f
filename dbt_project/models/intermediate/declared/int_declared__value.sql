{%- set key = ["county_code", "school_year", "ruleset_id", "stage", "indicator_code", "school_code"] %}
{#- Way of computing → the value, and the schools of which it is another one. -#}
{%- set ways = {
    "scope": ("value", "not is_in_scope and pupils > 0"),
    "unsplit": ("amount * scale / nullif(pupils, 0)", "is_in_scope and is_shared"),
    "split_by_heads": ("amount * scale / nullif(all_pupils, 0)", "is_in_scope and is_shared"),
    "unit": ("value / " ~ as_double("unit_factor"), "is_in_scope and unit_factor is not null"),
    "relaxed": (
        "case when is_split then relaxed_amount * scale * weight / nullif(weighted_pupils, 0)"
        ~ " else relaxed_amount * scale / nullif(pupils, 0) end",
        "is_in_scope and relaxed_amount is not null",
    ),
} %}
with

school_rows as (
    select * from {{ ref('int_declared__school_row') }}
),

stage_scope as (
    select * from {{ ref('int_balance__stage_scope') }}
    where is_selected and block = 'resource'
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

terms as (
    select * from {{ ref('int_rules__term') }}
),

split_weights as (
    select * from {{ ref('int_rules__split_weight') }}
),

stage_amounts as (
    select * from {{ ref('int_balance__stage_amounts') }}
),

factors as (
    {{ factors_of_terms('terms') }}
),

weights as (
    {{ weights_by_stage('split_weights') }}
),

-- the factor by which a unit is converted
units as (
    select
        ruleset_id,
        indicator_code,
        stage,
        max(factor) as unit_factor
    from terms
    group by ruleset_id, indicator_code, stage
    having max(factor) > 1
),

amounts as (
    select
        school_rows.bridge,
        school_rows.county_code,
        school_rows.school_year,
        indicators.ruleset_id,
        stage_scope.stage,
        indicators.indicator_code,
        school_rows.school_code,
        stage_scope.out_of_scope_reason is null as is_in_scope,
        indicators.is_split,
        {{ as_double('indicators.scale') }} as scale,
        {{ as_double(pupils_of_stage('school_rows', 'stage_scope.stage')) }} as pupils,
        {{ as_double("(" ~ indicator_amount('factors', 'school_rows') ~ ")") }} as amount,
        {{ as_double('own_weights.weight') }} as weight,
        {{ as_double("(" ~ weighted_pupils('weights', 'school_rows') ~ ")") }} as weighted_pupils,
        {{ as_double(
            "(case when weights.weight_primary > 0 then school_rows.pupils_primary else 0 end"
            ~ " + case when weights.weight_junior > 0 then school_rows.pupils_junior else 0 end"
            ~ " + case when weights.weight_senior > 0 then school_rows.pupils_senior else 0 end)"
        ) }} as all_pupils,
        units.unit_factor,
        {{ as_double('stage_amounts.relaxed_amount') }} as relaxed_amount
    from school_rows
    inner join stage_scope using (county_code, school_year, school_code)
    inner join indicators using (ruleset_id, block, stage)
    inner join factors using (ruleset_id, indicator_code, stage)
    left join weights using (ruleset_id)
    left join split_weights as own_weights using (ruleset_id, stage)
    left join units using (ruleset_id, indicator_code, stage)
    left join stage_amounts using (county_code, school_year, school_code, stage, indicator_code, ruleset_id)
    where not stage_scope.is_undetermined
),

measured as (
    select
        *,
        case
            when pupils > 0 and is_split then amount * scale * weight / nullif(weighted_pupils, 0)
            when pupils > 0 then amount * scale / pupils
        end as value,
        is_split and weighted_pupils <> weight * pupils as is_shared
    from amounts
),

final as (
    select
        bridge,
        {{ key | join(", ") }},
        is_in_scope,
        pupils,
        value
    from measured
    where is_in_scope
    union all
    {%- for way, (figure, condition) in ways.items() %}
    select
        '{{ way }}' as bridge,
        {{ key | join(", ") }},
        is_in_scope,
        pupils,
        {{ figure }} as value
    from measured
    where bridge = 'computed' and {{ condition }}
    union all
    {%- endfor %}
    select
        'last_year' as bridge,
        county_code,
        school_year + 1 as school_year,
        ruleset_id,
        stage,
        indicator_code,
        school_code,
        is_in_scope,
        pupils,
        value
    from measured
    where bridge = 'computed' and is_in_scope
)

select * from final
