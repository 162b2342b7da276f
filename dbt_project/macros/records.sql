{#- Rows of a source that are in force: of submissions that may still supply rows, without those the judgement gave up. `year`: the column of
    the year that a row speaks of. -#}
{% macro source_rows_in_force(model, source_name, year='school_year') %}
    select
        rows_given.*,
        coverage.delivery_night
    from {{ ref(model) }} as rows_given
    inner join {{ ref('int_ledger__coverage_in_force') }} as coverage
        on
            rows_given.submission_id = coverage.submission_id
            and rows_given.county_code = coverage.county_code
            and rows_given.{{ year }} = coverage.school_year
            and coverage.source = '{{ source_name }}'
    left join {{ ref('int_ledger__left_out_row') }} as left_out
        on
            {{ is_same_row('rows_given', 'left_out') }}
    where left_out.submission_id is null
{% endmacro %}

{#- Whether two relations speak of the same row of a file. -#}
{% macro is_same_row(one, other) -%}
    {{ one }}.submission_id = {{ other }}.submission_id
            and {{ one }}.sheet is not distinct from {{ other }}.sheet
            and {{ one }}.row_number = {{ other }}.row_number
{%- endmacro %}

{#- Rows of submissions in force that the judgement gave up: what they say of is not known. -#}
{% macro source_rows_left_out(model, source_name) %}
    select rows_given.*
    from {{ ref(model) }} as rows_given
    inner join {{ ref('int_ledger__coverage_in_force') }} as coverage
        on
            rows_given.submission_id = coverage.submission_id
            and rows_given.county_code = coverage.county_code
            and rows_given.school_year = coverage.school_year
            and coverage.source = '{{ source_name }}'
    inner join {{ ref('int_ledger__left_out_row') }} as left_out
        on
            {{ is_same_row('rows_given', 'left_out') }}
{% endmacro %}
