{%- set columns = [
    "submission_id", "county_code", "school_year", "school_code", "school_name", "person", "status", "category", "stage",
    "subject", "subject_name", "degree", "is_backbone", "exchange_eligible",
] -%}
{{ latest_rows_of_schools('stg_roster__teacher', 'teacher_roster', columns) }}
