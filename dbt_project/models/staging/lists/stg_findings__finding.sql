with

rows_delivered as (
    select * from {{ source('bronze', 'findings') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(finding_no as {{ text_type() }}) as finding_no,
        cast(finding_source as {{ text_type() }}) as finding_source,
        cast(document as {{ text_type() }}) as document,
        {{ date_or_null('document_date') }} as document_date,
        cast(category as {{ text_type() }}) as category,
        cast(requirement_code as {{ text_type() }}) as requirement_code,
        cast(stage as {{ text_type() }}) as stage,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(description as {{ text_type() }}) as description,
        cast(responsible_unit as {{ text_type() }}) as responsible_unit,
        cast(responsible_section as {{ text_type() }}) as responsible_section,
        cast(measures as {{ text_type() }}) as measures,
        cast(target as {{ text_type() }}) as target,
        {{ date_or_null('deadline') }} as deadline,
        cast(deadline as {{ text_type() }}) as deadline_text,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
