{#- One row for each entry of a text with separators; no row where it is null. -#}
{% macro exploded_list(expression, separator) -%}
    unnest(string_split({{ expression }}, '{{ separator }}'))
{%- endmacro %}

{#- A text as an amount; null when it is none. -#}
{% macro amount_or_null(expression) -%}
    try_cast(trim({{ expression }}) as decimal(18, 4))
{%- endmacro %}

{#- How many entries of a text with `;` between them are not blank; 0 where it is null. -#}
{% macro entry_count(expression) -%}
    coalesce(len(regexp_extract_all({{ expression }}, '[^;；]*[^;；\s][^;；]*')), 0)
{%- endmacro %}

{#- The first `most` texts of a group by their order, with 、 between them. -#}
{% macro first_texts(expression, order_by, most) -%}
    array_to_string(list_slice(list({{ expression }} order by {{ order_by }}) filter ({{ expression }} is not null), 1, {{ most }}), '、')
{%- endmacro %}

{#- A decimal as people write it: no zeros behind its last digit. -#}
{% macro number_text(expression) -%}
    regexp_replace(regexp_replace(cast({{ expression }} as varchar), '([.][0-9]*?)0+$', '\1'), '[.]$', '')
{%- endmacro %}
