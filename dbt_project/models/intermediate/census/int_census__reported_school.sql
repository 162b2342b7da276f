with

rows_in_force as (
    select * from {{ ref('int_census__row_in_force') }}
),

-- files of one night complete each other: the gate has refused those that contradict, so max() only fills gaps
final as (
    select
        county_code,
        school_year,
        school_code,
        {%- for column in school_attributes() %}
        max({{ column }}) as {{ column }},
        {%- endfor %}
        {%- for stage in pupil_stages() %}
        max(pupils_{{ stage }}) as pupils_{{ stage }},
        {%- endfor %}
    {%- for item in rule_items() + requirement_items() + room_lists() %}
    max({{ item }}) as {{ item }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from rows_in_force
    group by county_code, school_year, school_code
)

select * from final
