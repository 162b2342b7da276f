with

corrections as (
    select * from {{ ref('int_census__correction') }}
),

final as (
    select
        correction_file,
        entry_number,
        county_code,
        school_year,
        school_code,
        school_name,
        field,
        field_name,
        expected_value,
        raw_value,
        corrected_value,
        state,
        failure,
        reason,
        document,
        corrected_by,
        corrected_on
    from corrections
)

select * from final
