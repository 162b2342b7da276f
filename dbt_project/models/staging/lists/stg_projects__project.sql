with

rows_delivered as (
    select * from {{ source('bronze', 'projects') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(project_no as {{ text_type() }}) as project_no,
        cast(project_name as {{ text_type() }}) as project_name,
        cast(work_kind as {{ text_type() }}) as work_kind,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(stage as {{ text_type() }}) as stage,
        cast(requirement_code as {{ text_type() }}) as requirement_code,
        cast(closes as decimal(18, 4)) as closes,
        cast(closes_unit as {{ text_type() }}) as closes_unit,
        cast(budget_wan_yuan as decimal(18, 4)) as budget_wan_yuan,
        cast(allocated_wan_yuan as decimal(18, 4)) as allocated_wan_yuan,
        cast(spent_wan_yuan as decimal(18, 4)) as spent_wan_yuan,
        cast(fund_source as {{ text_type() }}) as fund_source,
        cast(new_places as bigint) as new_places,
        cast(new_building_area_m2 as decimal(18, 4)) as new_building_area_m2,
        cast(new_sports_area_m2 as decimal(18, 4)) as new_sports_area_m2,
        {{ date_or_null('starts_on') }} as starts_on,
        {{ date_or_null('due_on') }} as due_on,
        {{ date_or_null('completed_on') }} as completed_on,
        cast(source_document as {{ text_type() }}) as source_document,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
