with

rows_in_force as (
    {{ list_rows_in_force(
        "stg_projects__project", "projects", ["county_code", "school_year", "project_no", "school_code", "stage", "requirement_code"]
    ) }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

final as (
    select
        rows_in_force.county_code,
        rows_in_force.school_year,
        rows_in_force.project_no,
        rows_in_force.school_code,
        rows_in_force.stage,
        rows_in_force.requirement_code,
        schools.school_name,
        -- a campus is assessed with its main school
        coalesce(folding.main_school_code, rows_in_force.school_code) as assessed_school_code,
        rows_in_force.project_name,
        rows_in_force.work_kind,
        rows_in_force.closes,
        rows_in_force.closes_unit,
        rows_in_force.budget_wan_yuan,
        rows_in_force.allocated_wan_yuan,
        rows_in_force.spent_wan_yuan,
        rows_in_force.fund_source,
        rows_in_force.new_places,
        rows_in_force.new_building_area_m2,
        rows_in_force.new_sports_area_m2,
        rows_in_force.starts_on,
        rows_in_force.due_on,
        rows_in_force.completed_on,
        rows_in_force.source_document,
        rows_in_force.note
    from rows_in_force
    left join schools using (county_code, school_year, school_code)
    left join folding using (county_code, school_year, school_code)
)

select * from final
