with

rows_delivered as (
    select * from {{ source('bronze', 'monitoring_result') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(scope as {{ text_type() }}) as scope,
        cast(monitoring_year as integer) as monitoring_year,
        cast(grade as integer) as grade,
        cast(subject as {{ text_type() }}) as subject,
        cast(measure as {{ text_type() }}) as measure,
        cast(value as decimal(28, 8)) as value,
        cast(level as integer) as level,
        cast(star as integer) as star,
        cast(n_schools as bigint) as n_schools,
        cast(n_pupils as bigint) as n_pupils,
        cast(source_document as {{ text_type() }}) as source_document
    from rows_delivered
)

select * from final
