with

rows_delivered as (
    select * from {{ source('bronze', 'inspection') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(record_no as {{ text_type() }}) as record_no,
        {{ date_or_null('inspected_on') }} as inspected_on,
        cast(inspection_kind as {{ text_type() }}) as inspection_kind,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(grade as bigint) as grade,
        cast(class_name as {{ text_type() }}) as class_name,
        cast(lesson as {{ text_type() }}) as lesson,
        cast(subject_planned as {{ text_type() }}) as subject_planned,
        cast(subject_given as {{ text_type() }}) as subject_given,
        cast(lessons_planned as bigint) as lessons_planned,
        cast(lessons_given as bigint) as lessons_given,
        cast(problem as {{ text_type() }}) as problem,
        cast(category as {{ text_type() }}) as category,
        cast(place as {{ text_type() }}) as place,
        cast(inspecting_unit as {{ text_type() }}) as inspecting_unit,
        {{ date_or_null('deadline') }} as deadline,
        cast(deadline as {{ text_type() }}) as deadline_text,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
