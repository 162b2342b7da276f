{%- set columns = [
    "submission_id", "county_code", "school_year", "person", "status", "category", "stage",
    "subject", "subject_name", "degree", "is_backbone", "exchange_eligible",
] %}
with

-- a nation has millions of rows: they are looked up in small tables, schools first (what is joined to the bare rows is expected
-- to be small, what is joined to a selection of them may be expected to be larger)
rows_given as (
    select * from {{ ref('stg_roster__teacher') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
    where source = 'teacher_roster'
),

left_out_rows as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

school_nights as (
    select * from {{ ref('int_lists__school_night') }}
    where source = 'teacher_roster'
),

schools as (
    select * from {{ ref('int_census__school') }}
),

school_names as (
    select * from {{ ref('int_roster__school_name') }}
),

resolved as (
    {{ with_census_school('rows_given', 'schools', 'school_names') }}
),

final as (
    select
        {%- for column in columns %}
        resolved.{{ column }},
        {%- endfor %}
        resolved.census_school_code,
        coverage.delivery_night
    {{ of_the_latest_night('resolved', 'coverage', 'left_out_rows', 'school_nights') }}
)

select * from final
