{%- set sources = ["class_list", "pupil_registry", "teacher_roster"] %}
with

{%- for source_name in sources %}

{{ source_name }} as (
    select * from {{ source('quarantine', source_name) }}
),
{%- endfor %}

final as (
    {%- for source_name in sources %}
    select
        '{{ source_name }}' as source,
        cast(county_code as {{ text_type() }}) as county_code,
        {{ integer_or_null('school_year') }} as school_year,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        _submission_id as submission_id
    from {{ source_name }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
