{#- What a project says of itself on each of its rows. -#}
{%- set stated = [
    "work_kind", "fund_source", "budget_wan_yuan", "allocated_wan_yuan", "spent_wan_yuan",
    "new_places", "new_building_area_m2", "new_sports_area_m2", "starts_on",
    "due_on", "completed_on", "source_document"
] %}
with

project_rows as (
    select * from {{ ref('int_projects__row_in_force') }}
),

-- a project of several schools or indicators repeats its total on each row: it is one sum of money
projects as (
    select
        county_code,
        school_year,
        project_no,
        min(project_name) as project_name,
        {%- for column in stated %}
        {{ agreed(column) }} as {{ column }},
        {%- endfor %}
        nullif(
            concat_ws(
                '、'
                {%- for column in stated %},
                case when min({{ column }}) <> max({{ column }}) then {{ sentence('project_' ~ column) }} end
                {%- endfor %}
            ),
            ''
        ) as rows_differ_in,
        count(*) as target_count,
        count(distinct school_code) as school_count
    from project_rows
    group by county_code, school_year, project_no
),

final as (
    select
        county_code,
        school_year,
        project_no,
        project_name,
        work_kind,
        case
            when completed_on > due_on then 'completed_late'
            when completed_on is not null then 'completed'
            when starts_on is not null then 'scheduled'
            else 'unscheduled'
        end as state,
        starts_on,
        due_on,
        completed_on,
        fund_source,
        budget_wan_yuan,
        allocated_wan_yuan,
        spent_wan_yuan,
        cast(budget_wan_yuan - allocated_wan_yuan as decimal(18, 4)) as unfunded_wan_yuan,
        cast(allocated_wan_yuan - spent_wan_yuan as decimal(18, 4)) as unspent_wan_yuan,
        new_places,
        new_building_area_m2,
        new_sports_area_m2,
        cast(school_count as integer) as school_count,
        cast(target_count as integer) as target_count,
        rows_differ_in,
        source_document
    from projects
)

select * from final
