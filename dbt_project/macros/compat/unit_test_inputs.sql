{#- dbt types the rows of a unit test with safe_cast. Where a unit test reads a seed's CSV, an empty cell arrives as '' and
    means null, as it does when the seed is loaded. -#}
{% macro duckdb__safe_cast(field, type) -%}
    {%- if field | string == "''" -%}
        cast(null as {{ type }})
    {%- else -%}
        cast({{ field }} as {{ type }})
    {%- endif -%}
{%- endmacro %}
