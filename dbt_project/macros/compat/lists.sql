{#- One row for each entry of a text with separators; no row where it is null. -#}
{% macro exploded_list(expression, separator) -%}
    {{ variant("exploded_list")(expression, separator) }}
{%- endmacro %}

{% macro default__exploded_list(expression, separator) -%}
    unnest(string_split({{ expression }}, '{{ separator }}'))
{%- endmacro %}

{% macro postgres__exploded_list(expression, separator) -%}
    unnest(string_to_array({{ expression }}, '{{ separator }}'))
{%- endmacro %}

{% macro spark__exploded_list(expression, separator) -%}
    explode(split({{ expression }}, '{{ separator }}'))
{%- endmacro %}

{#- A text as an amount; null when it is none. -#}
{% macro amount_or_null(expression) -%}
    {{ variant("amount_or_null")(expression) }}
{%- endmacro %}

{% macro default__amount_or_null(expression) -%}
    try_cast(trim({{ expression }}) as decimal(18, 4))
{%- endmacro %}

{% macro postgres__amount_or_null(expression) -%}
    case
        when trim({{ expression }}) ~ '^[-+]?([0-9]{1,14}[.]?[0-9]*|[.][0-9]+)$' then cast(trim({{ expression }}) as decimal(18, 4))
    end
{%- endmacro %}

{#- How many entries of a text with `;` between them are not blank; 0 where it is null. -#}
{% macro entry_count(expression) -%}
    {{ variant("entry_count")(expression) }}
{%- endmacro %}

{% macro default__entry_count(expression) -%}
    coalesce(len(regexp_extract_all({{ expression }}, '[^;；]*[^;；\s][^;；]*')), 0)
{%- endmacro %}

{% macro postgres__entry_count(expression) -%}
    (select count(*) from regexp_matches({{ expression }}, '[^;；]*[^;；\s][^;；]*', 'g'))
{%- endmacro %}

{% macro spark__entry_count(expression) -%}
    coalesce(size(filter(split({{ expression }}, '[;；]'), entry -> trim(entry) <> '')), 0)
{%- endmacro %}

{#- The first `most` texts of a group by their order, with 、 between them. -#}
{% macro first_texts(expression, order_by, most) -%}
    {{ variant("first_texts")(expression, order_by, most) }}
{%- endmacro %}

{% macro default__first_texts(expression, order_by, most) -%}
    array_to_string(list_slice(list({{ expression }} order by {{ order_by }}) filter ({{ expression }} is not null), 1, {{ most }}), '、')
{%- endmacro %}

{% macro postgres__first_texts(expression, order_by, most) -%}
    array_to_string(
        (array_agg({{ expression }} order by {{ order_by }}) filter (where {{ expression }} is not null))[1:{{ most }}], '、'
    )
{%- endmacro %}

{% macro spark__first_texts(expression, order_by, most) -%}
    nullif(array_join(slice({{ sorted_texts(expression, order_by) }}, 1, {{ most }}), '、'), '')
{%- endmacro %}

{#- Spark: the known texts of a group as a list, from pairs of order and text. -#}
{% macro sorted_texts(expression, order_by) -%}
    transform(
        array_sort(
            collect_list(
                case
                    when {{ expression }} is not null then struct(struct({{ order_by }}) as place, {{ expression }} as joined)
                end
            )
        ),
        pair -> pair.joined
    )
{%- endmacro %}

{#- A decimal as people write it: no zeros behind its last digit. -#}
{% macro number_text(expression) -%}
    {{ variant("number_text")(expression, "\\1") }}
{%- endmacro %}

{% macro default__number_text(expression, group) -%}
    regexp_replace(
        regexp_replace(cast({{ expression }} as {{ text_type() }}), '([.][0-9]*?)0+$', '{{ group }}'), '[.]$', ''
    )
{%- endmacro %}

{% macro spark__number_text(expression, group) -%}
    {{ default__number_text(expression, "$1") }}
{%- endmacro %}
