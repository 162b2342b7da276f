{#- Rows of a source whose records add up: of every file that may still supply rows, each record as the latest file that holds it has it. -#}
{% macro records_in_force(model, source_name, key) %}
    select *
    from (
        select
            *,
            -- a record delivered again replaces the older one; files of one night do not contradict each other, so any copy will do
            row_number() over (
                partition by {{ key | join(', ') }}
                order by delivery_night desc, submission_id asc, sheet asc, row_number asc
            ) as copy_number
        from ({{ source_rows_in_force(model, source_name) }}) as candidates
    ) as numbered
    where copy_number = 1
{% endmacro %}

{#- Rows of a source whose files speak for their schools: of each school those of the latest night that holds any of it. -#}
{% macro schools_in_force(model, source_name) %}
    select *
    from (
        select
            *,
            max(delivery_night) over (partition by county_code, school_year, school_code) as school_night
        from ({{ source_rows_in_force(model, source_name) }}) as candidates
    ) as dated
    where delivery_night = school_night
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
