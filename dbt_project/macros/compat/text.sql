{#- The type of a text of any length. -#}
{% macro text_type() -%}
    {{ variant("text_type")() }}
{%- endmacro %}

{% macro default__text_type() -%}
    varchar
{%- endmacro %}

{% macro spark__text_type() -%}
    string
{%- endmacro %}

{#- A column whose name some engine reserves. -#}
{% macro column_named(name) -%}
    {{ variant("column_named")(name) }}
{%- endmacro %}

{% macro default__column_named(name) -%}
    "{{ name }}"
{%- endmacro %}

{% macro spark__column_named(name) -%}
    `{{ name }}`
{%- endmacro %}

{#- Texts of a group joined in a fixed order; null when there are none. -#}
{% macro joined_text(expression, separator, order_by) -%}
    {{ variant("joined_text")(expression, separator, order_by) }}
{%- endmacro %}

{% macro default__joined_text(expression, separator, order_by) -%}
    string_agg({{ expression }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_text(expression, separator, order_by) -%}
    nullif(array_join({{ sorted_texts(expression, order_by) }}, '{{ separator }}'), '')
{%- endmacro %}

{#- Two texts with a separator between them; one alone where the other is null. -#}
{% macro joined_when_known(left, right, separator) -%}
    coalesce({{ left }} || '{{ separator }}' || {{ right }}, {{ left }}, {{ right }})
{%- endmacro %}

{#- A list column as one text, sorted. -#}
{% macro joined_list(expression, separator) -%}
    {{ variant("joined_list")(expression, separator) }}
{%- endmacro %}

{% macro default__joined_list(expression, separator) -%}
    array_to_string(list_sort({{ expression }}), '{{ separator }}')
{%- endmacro %}

{% macro postgres__joined_list(expression, separator) -%}
    array_to_string(array(select item from unnest({{ expression }}) as items (item) order by item), '{{ separator }}')
{%- endmacro %}

{% macro spark__joined_list(expression, separator) -%}
    array_join(array_sort({{ expression }}), '{{ separator }}')
{%- endmacro %}

{#- Whether a text begins with another. -#}
{% macro begins_with(expression, beginning) -%}
    {{ variant("begins_with")(expression, beginning) }}
{%- endmacro %}

{% macro default__begins_with(expression, beginning) -%}
    starts_with({{ expression }}, {{ beginning }})
{%- endmacro %}

{% macro spark__begins_with(expression, beginning) -%}
    startswith({{ expression }}, {{ beginning }})
{%- endmacro %}

{#- A text as a whole number; null when it is none. -#}
{% macro integer_or_null(expression) -%}
    {{ variant("integer_or_null")(expression) }}
{%- endmacro %}

{% macro default__integer_or_null(expression) -%}
    try_cast({{ expression }} as integer)
{%- endmacro %}

{% macro postgres__integer_or_null(expression) -%}
    case when {{ expression }} ~ '^ *[-+]?[0-9]{1,9} *$' then cast({{ expression }} as integer) end
{%- endmacro %}

{#- The distinct texts of a group in their own order; null when there are none. -#}
{% macro distinct_texts(expression, separator) -%}
    {{ variant("distinct_texts")(expression, separator) }}
{%- endmacro %}

{% macro default__distinct_texts(expression, separator) -%}
    string_agg(distinct {{ expression }}, '{{ separator }}' order by {{ expression }})
{%- endmacro %}

{% macro spark__distinct_texts(expression, separator) -%}
    nullif(array_join(array_sort(collect_set({{ expression }})), '{{ separator }}'), '')
{%- endmacro %}

{#- Whether the text of a list with separators has the value as one of its entries. -#}
{% macro list_holds(list, value, separator) -%}
    {{ variant("list_holds")(list, value, separator) }}
{%- endmacro %}

{% macro default__list_holds(list, value, separator) -%}
    list_contains(string_split({{ list }}, '{{ separator }}'), {{ value }})
{%- endmacro %}

{% macro postgres__list_holds(list, value, separator) -%}
    {{ value }} = any(string_to_array({{ list }}, '{{ separator }}'))
{%- endmacro %}

{% macro spark__list_holds(list, value, separator) -%}
    array_contains(split({{ list }}, '{{ separator }}'), {{ value }})
{%- endmacro %}

{#- A text without what the pattern finds first. -#}
{% macro text_without(expression, pattern) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '')
{%- endmacro %}
