with

school_requirements as (
    select * from {{ ref('int_requirement__school') }}
),

final as (
    select
        {%- for column in school_requirement_columns() %}
        {{ column }},
        {%- endfor %}
        waiting_for_zh
    from school_requirements
)

select * from final
