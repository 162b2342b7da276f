{# Schemas are exactly staging, intermediate, marts and seeds: readers depend on the name `marts`, so no target prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
