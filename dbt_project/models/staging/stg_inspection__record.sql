with

rows_delivered as (
    select * from {{ source('bronze', 'inspection') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(record_no as varchar) as record_no,
        {{ date_or_null('inspected_on') }} as inspected_on,
        cast(inspection_kind as varchar) as inspection_kind,
        cast(school_code as varchar) as school_code,
        cast(school_name as varchar) as school_name,
        cast(grade as bigint) as grade,
        cast(class_name as varchar) as class_name,
        cast(lesson as varchar) as lesson,
        cast(subject_planned as varchar) as subject_planned,
        cast(subject_given as varchar) as subject_given,
        cast(lessons_planned as bigint) as lessons_planned,
        cast(lessons_given as bigint) as lessons_given,
        cast(problem as varchar) as problem,
        cast(category as varchar) as category,
        cast(place as varchar) as place,
        cast(inspecting_unit as varchar) as inspecting_unit,
        {{ date_or_null('deadline') }} as deadline,
        cast(deadline as varchar) as deadline_text,
        cast(note as varchar) as note
    from rows_delivered
)

select * from final
