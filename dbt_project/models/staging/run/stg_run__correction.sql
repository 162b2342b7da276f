with

corrections as (
    select * from {{ source('run', 'correction') }}
),

final as (
    select
        correction_file,
        entry_number,
        county_code,
        school_year,
        school_code,
        field,
        field_name,
        expected_value,
        corrected_value,
        reason,
        document,
        corrected_by,
        corrected_on
    from corrections
)

select * from final
