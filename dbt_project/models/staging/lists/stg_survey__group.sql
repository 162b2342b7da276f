with

rows_delivered as (
    select * from {{ source('bronze', 'survey') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(respondent_group as {{ text_type() }}) as respondent_group,
        cast(survey as {{ text_type() }}) as survey,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(questionnaires as bigint) as questionnaires,
        cast(valid as bigint) as valid,
        cast(satisfied as bigint) as satisfied,
        cast(declared_satisfaction as {{ text_type() }}) as declared_satisfaction,
        cast(visited as bigint) as visited,
        cast(visited_satisfied as bigint) as visited_satisfied,
        cast(declared_visit_satisfaction as {{ text_type() }}) as declared_visit_satisfaction,
        cast(conducted_by as {{ text_type() }}) as conducted_by,
        cast(source_document as {{ text_type() }}) as source_document,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
