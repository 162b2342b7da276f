{#- Texts of a group joined in a fixed order; null when there are none. -#}
{% macro joined_text(expression, separator, order_by) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{#- A list column as one text, sorted. -#}
{% macro joined_list(expression, separator) -%}
    array_to_string(list_sort({{ expression }}), '{{ separator }}')
{%- endmacro %}
