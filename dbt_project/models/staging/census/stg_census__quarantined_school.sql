with

school_census as (
    select * from {{ source('quarantine', 'school_census') }}
),

final as (
    select
        county_code,
        {{ integer_or_null('school_year') }} as school_year,
        -- a code that broke a rule names no school
        case when _rules not like '%id_as_float%' and _rules not like '%bad_school_code%' then school_code end as school_code,
        school_name,
        school_kind_code,
        {{ integer_or_null('counts_as_school') }} as counts_as_school,
        main_school_code,
        {%- for stage in school_stages() %}
        {{ integer_or_null('pupils_' ~ stage) }} as pupils_{{ stage }},
        {%- endfor %}
        _submission_id as submission_id
    from school_census
    where _rules not like '%total_row%' and _rules not like '%footer_row%'
)

select * from final
