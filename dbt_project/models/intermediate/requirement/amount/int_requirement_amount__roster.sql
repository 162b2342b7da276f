with

withheld_schools as (
    select * from {{ ref('int_requirement__withheld_school') }}
),

units as (
    select * from {{ ref('int_requirement__unit') }}
),

roster as (
    select * from {{ ref('int_roster__school_stage') }}
),

-- a roster is whole when it speaks of every stage of every unit
unit_stages as (
    {%- for stage in compulsory_stages() %}
    select
        county_code,
        school_year,
        ruleset_id,
        unit_code,
        '{{ stage }}' as stage
    from units
    where has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

roster_counts as (
    select
        unit_stages.county_code,
        unit_stages.school_year,
        unit_stages.ruleset_id,
        {%- for figure in teacher_figures() %}
        {%- set counted = "roster." ~ ("trained_360h" if figure == "trained360" else figure) %}
        {{ sum_if_all_known(counted, "decimal(28, 8)") }} as {{ figure }},
        {%- endfor %}
        count(roster.school_code) as known_stages
    from unit_stages
    left join roster
        on
            unit_stages.county_code = roster.county_code
            and unit_stages.school_year = roster.school_year
            and unit_stages.unit_code = roster.school_code
            and unit_stages.stage = roster.stage
    group by unit_stages.county_code, unit_stages.school_year, unit_stages.ruleset_id
),

final as (
    {%- for figure in teacher_figures() %}
    select
        county_code,
        school_year,
        ruleset_id,
        'roster' as source,
        '{{ figure }}' as item,
        'all' as stage,
        {{ figure }} as amount,
        cast(null as {{ text_type() }}) as reference_period,
        cast(null as {{ text_type() }}) as evidence
    from roster_counts
    where
        known_stages > 0
        and not exists (
            select 1
            from withheld_schools
            where
                withheld_schools.county_code = roster_counts.county_code
                and withheld_schools.school_year = roster_counts.school_year
                and withheld_schools.ruleset_id = roster_counts.ruleset_id
        )
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
