{#- Rows of a list of the county that are in force, one for each `key`: files of one night may give the same row, and then they say
    the same (check no_contradiction). -#}
{% macro list_rows_in_force(model, source_name, key) %}
    select *
    from (
        select
            rows_in_force.*,
            row_number() over (
                partition by {{ key | join(", ") }}
                order by submission_id, sheet, row_number
            ) as place
        from ({{ source_rows_in_force(model, source_name) }}) as rows_in_force
    ) as placed
    where place = 1  -- equal rows: any of them
{% endmacro %}

{#- What the rows of a group agree on; null where two of them say different things. An empty cell says nothing. -#}
{% macro agreed(column) -%}
    case when min({{ column }}) = max({{ column }}) then min({{ column }}) end
{%- endmacro %}

{#- The census of a school year speaks of this day. -#}
{% macro first_day_of_school_year(school_year) -%}
    cast(cast({{ school_year }} as {{ text_type() }}) || '-09-01' as date)
{%- endmacro %}
