with

rows_delivered as (
    select * from {{ source('bronze', 'assessment_full_marks') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(assessment as {{ text_type() }}) as assessment,
        cast(grade as bigint) as grade,
        cast(subject as {{ text_type() }}) as subject,
        cast(full_marks as decimal(18, 4)) as full_marks,
        {{ date_or_null('tested_on') }} as tested_on,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
