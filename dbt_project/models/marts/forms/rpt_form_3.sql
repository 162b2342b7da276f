{%- set lines = form_indicator_lines("III") %}
with

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

-- rule sets that have the indicators of the form
stages as (
    select distinct  -- a stage has a row for each indicator
        county_code,
        school_year,
        ruleset_id,
        stage
    from county_indicators
    where
        indicator_code <> 'composite'
        and indicator_code in (
            {%- for indicator in lines.values() %}
            '{{ indicator }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
),

pivoted as (
    select
        stages.county_code,
        stages.school_year,
        stages.ruleset_id,
        {%- for line, indicator in lines.items() %}
        max(case when indicators.indicator_code = '{{ indicator }}' then indicators.county_mean_rounded end) as {{ line }}_mean,
        max(case when indicators.indicator_code = '{{ indicator }}' then indicators.difference_coefficient_rounded end)
            as {{ line }}_coefficient,
        {%- endfor %}
        stages.stage
    from stages
    inner join county_indicators as indicators using (county_code, school_year, ruleset_id, stage)
    group by stages.county_code, stages.school_year, stages.ruleset_id, stages.stage
),

final as (
    {%- for measure, places in {"mean": 2, "coefficient": 3}.items() %}
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        ruleset_id,
        stage,
        {%- for line, indicator in lines.items() %}
        {%- if measure == "mean" and indicator == "composite" %}
        cast(null as decimal(24, 3)) as {{ line }}_value,
        '——' as {{ line }}_text,
        {%- else %}
        cast({{ line }}_{{ measure }} as decimal(24, 3)) as {{ line }}_value,
        {{ printed_or_undecided(line ~ "_" ~ measure, places) }} as {{ line }}_text,
        {%- endif %}
        {%- endfor %}
        '{{ measure }}' as measure
    from pivoted
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
