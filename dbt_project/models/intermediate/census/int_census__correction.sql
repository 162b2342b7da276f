with

corrections as (
    select * from {{ ref('stg_run__correction') }}
),

schools as (
    select * from {{ ref('int_census__reported_school') }}
),

cells as (
    select
        corrections.*,
        schools.school_name,
        schools.school_code is not null as has_school,
        corrections.field in (
            {%- for item in correctable_items() %}
            '{{ item }}'{{ "," if not loop.last }}
            {%- endfor %}
        ) as has_field,
        case corrections.field
            {%- for item in correctable_items() %}
            when '{{ item }}' then cast(schools.{{ item }} as decimal(38, 4))
            {%- endfor %}
        end as raw_value,
        count(*) over (
            partition by corrections.county_code, corrections.school_year, corrections.school_code, corrections.field
        ) as times_corrected
    from corrections
    left join schools
        on
            corrections.county_code = schools.county_code
            and corrections.school_year = schools.school_year
            and corrections.school_code = schools.school_code
),

judged as (
    select
        *,
        case
            when field_name is null then 'unknown_field'
            when not has_field then 'field_not_used'
            when not has_school then 'unknown_school'
            when times_corrected > 1 then 'corrected_twice'
            when (raw_value is not distinct from expected_value) then null
            when (raw_value is not distinct from corrected_value) then 'already_correct'
            else 'other_value_found'
        end as failure
    from cells
),

final as (
    select
        *,
        case when failure is null then 'applied' else 'failed' end as state
    from judged
)

select * from final
