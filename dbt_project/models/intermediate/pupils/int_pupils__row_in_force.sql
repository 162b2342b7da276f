{%- set columns = [
    "submission_id", "county_code", "school_year", "school_code", "school_name", "person", "stage", "grade", "class_name",
    "entered", "boarding", "migrant", "left_behind", "migrant_or_left_behind", "in_regular_class",
] -%}
{{ latest_rows_of_schools('stg_pupils__pupil', 'pupil_registry', columns) }}
