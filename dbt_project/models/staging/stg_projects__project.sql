with

rows_delivered as (
    select * from {{ source('bronze', 'projects') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(project_no as varchar) as project_no,
        cast(project_name as varchar) as project_name,
        cast(work_kind as varchar) as work_kind,
        cast(school_code as varchar) as school_code,
        cast(stage as varchar) as stage,
        cast(requirement_code as varchar) as requirement_code,
        cast(closes as decimal(18, 4)) as closes,
        cast(closes_unit as varchar) as closes_unit,
        cast(budget_wan_yuan as decimal(18, 4)) as budget_wan_yuan,
        cast(allocated_wan_yuan as decimal(18, 4)) as allocated_wan_yuan,
        cast(spent_wan_yuan as decimal(18, 4)) as spent_wan_yuan,
        cast(fund_source as varchar) as fund_source,
        cast(new_places as bigint) as new_places,
        cast(new_building_area_m2 as decimal(18, 4)) as new_building_area_m2,
        cast(new_sports_area_m2 as decimal(18, 4)) as new_sports_area_m2,
        {{ date_or_null('starts_on') }} as starts_on,
        {{ date_or_null('due_on') }} as due_on,
        {{ date_or_null('completed_on') }} as completed_on,
        cast(source_document as varchar) as source_document,
        cast(note as varchar) as note
    from rows_delivered
)

select * from final
