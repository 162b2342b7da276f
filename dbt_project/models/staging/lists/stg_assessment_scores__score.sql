{%- set subjects = [
    'chinese',
    'mathematics',
    'english',
    'science',
    'moral',
    'physics',
    'chemistry',
    'biology',
    'history',
    'geography',
    'art',
    'music',
    'fine_art',
    'pe',
    'it',
    'labour',
] -%}

with

scores as (
    select * from {{ source('bronze', 'assessment_scores') }}
),

final as (
    {%- for subject in subjects %}
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(assessment as {{ text_type() }}) as assessment,
        cast(grade as bigint) as grade,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(zone as {{ text_type() }}) as zone,
        cast(class_name as {{ text_type() }}) as class_name,
        cast(pupil as {{ text_type() }}) as pupil,
        cast('{{ subject }}' as {{ text_type() }}) as subject,
        cast(case when {{ subject }} >= 0 then {{ subject }} end as decimal(18, 4)) as score,
        {{ subject }} < 0 as is_absent
    from scores
    where {{ subject }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
