with

rows_delivered as (
    select * from {{ source('bronze', 'findings') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(finding_no as varchar) as finding_no,
        cast(finding_source as varchar) as finding_source,
        cast(document as varchar) as document,
        {{ date_or_null('document_date') }} as document_date,
        cast(category as varchar) as category,
        cast(requirement_code as varchar) as requirement_code,
        cast(stage as varchar) as stage,
        cast(school_code as varchar) as school_code,
        cast(description as varchar) as description,
        cast(responsible_unit as varchar) as responsible_unit,
        cast(responsible_section as varchar) as responsible_section,
        cast(measures as varchar) as measures,
        cast(target as varchar) as target,
        {{ date_or_null('deadline') }} as deadline,
        cast(deadline as varchar) as deadline_text,
        cast(note as varchar) as note
    from rows_delivered
)

select * from final
