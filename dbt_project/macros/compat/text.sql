{#- Texts of a group joined in a fixed order; null when there are none. -#}
{% macro joined_text(expression, separator, order_by) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{#- Two texts with a separator between them; one alone where the other is null. -#}
{% macro joined_when_known(left, right, separator) -%}
    coalesce({{ left }} || '{{ separator }}' || {{ right }}, {{ left }}, {{ right }})
{%- endmacro %}

{#- A list column as one text, sorted. -#}
{% macro joined_list(expression, separator) -%}
    array_to_string(list_sort({{ expression }}), '{{ separator }}')
{%- endmacro %}

{#- A text as a whole number; null when it is none. -#}
{% macro integer_or_null(expression) -%}
    try_cast({{ expression }} as integer)
{%- endmacro %}

{#- The distinct texts of a group in their own order; null when there are none. -#}
{% macro distinct_texts(expression, separator) -%}
    string_agg(distinct {{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{#- Whether the text of a list with separators has the value as one of its entries. -#}
{% macro list_holds(list, value, separator) -%}
    list_contains(string_split({{ list }}, '{{ separator }}'), {{ value }})
{%- endmacro %}
