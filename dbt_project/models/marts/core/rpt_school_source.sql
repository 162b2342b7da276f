with

rows_in_force as (
    select * from {{ ref('int_census__row_in_force') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

files as (
    select * from {{ ref('int_ledger__submitted_file') }}
),

final as (
    select
        rows_in_force.county_code,
        rows_in_force.school_year,
        {{ first_day_of_school_year('rows_in_force.school_year') }} as school_year_start,
        coalesce(folding.main_school_code, rows_in_force.school_code) as school_code,
        rows_in_force.school_code as unit_code,
        rows_in_force.school_name as unit_name,
        rows_in_force.submission_id,
        files.file_name,
        rows_in_force.sheet,
        rows_in_force.row_number,
        rows_in_force.cells,
        {%- for stage in pupil_stages() %}
        cast(rows_in_force.pupils_{{ stage }} as decimal(18, 4)) as pupils_{{ stage }},
        {%- endfor %}
    {%- for item in rule_items() %}
    rows_in_force.{{ item }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from rows_in_force
    left join folding using (county_code, school_year, school_code)
    left join files using (submission_id)
)

select * from final
