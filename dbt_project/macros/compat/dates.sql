{#- A text that begins with a day (2025-09-01, 2025/9/1, 2025年9月1日, 20250901) as a date; null when it does not. -#}
{% macro date_or_null(expression) -%}
    try_cast(
        regexp_replace(
            regexp_replace(cast({{ expression }} as varchar), '^([0-9]{4})([0-9]{2})([0-9]{2})$', '\1-\2-\3'),
            '^([0-9]{4})(?:-|/|[.]|年)([0-9]{1,2})(?:-|/|[.]|月)([0-9]{1,2}).*$',
            '\1-\2-\3'
        ) as date
    )
{%- endmacro %}
