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
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(assessment as varchar) as assessment,
        cast(grade as bigint) as grade,
        cast(school_code as varchar) as school_code,
        cast(school_name as varchar) as school_name,
        cast(zone as varchar) as zone,
        cast(class_name as varchar) as class_name,
        cast(pupil as varchar) as pupil,
        cast('{{ subject }}' as varchar) as subject,
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
