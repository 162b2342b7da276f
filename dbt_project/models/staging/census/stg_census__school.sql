with

school_census as (
    select * from {{ source('bronze', 'school_census') }}
),

final as (
    select
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(school_kind_code as {{ text_type() }}) as school_kind_code,
        cast(sequence as bigint) as display_order,
        cast(township as {{ text_type() }}) as township,
        cast(urban_rural_code as {{ text_type() }}) as urban_rural_code,
        cast(sponsor_code as {{ text_type() }}) as sponsor_code,
        cast(operating_status_code as {{ text_type() }}) as operating_status_code,
        cast(counts_as_school as integer) as counts_as_school,
        cast(main_school_code as {{ text_type() }}) as main_school_code,
        cast(is_boarding as integer) as is_boarding,
        cast(is_dense_centre as integer) as is_dense_centre,
        cast(built_year as integer) as built_year,
        {%- for stage in pupil_stages() %}
        cast(pupils_{{ stage }} as bigint) as pupils_{{ stage }},
        {%- endfor %}
        {%- for item in rule_items() + requirement_items() %}
        cast({{ item }} as decimal(18, 4)) as {{ item }},
        {%- endfor %}
        {%- for item in room_lists() %}
        cast({{ item }} as {{ text_type() }}) as {{ item }},
        {%- endfor %}
        cast(_cells as {{ text_type() }}) as cells,
        _submission_id as submission_id
    from school_census
)

select * from final
