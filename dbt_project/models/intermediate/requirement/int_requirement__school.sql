{%- set models = [
    "int_requirement__room_need", "int_requirement__school_size", "int_requirement__class_size", "int_requirement__small_school",
    "int_requirement__training_share",
] %}
with

{%- for model in models %}

{{ model.split("__")[1] }} as (
    select * from {{ ref(model) }}
),
{%- endfor %}

final as (
    {%- for model in models %}
    select
        {%- for column in school_requirement_columns() %}
        {{ column }},
        {%- endfor %}
        waiting_for_zh
    from {{ model.split("__")[1] }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
