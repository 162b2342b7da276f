{#- A text that begins with a day (2025-09-01, 2025/9/1, with the `day_marks` of vars.yml, 20250901) as a date; null when it does not. -#}
{% macro date_or_null(expression) -%}
    {{ variant("date_or_null")(expression) }}
{%- endmacro %}

{% macro default__date_or_null(expression) -%}
    try_cast({{ dashed_day(expression, "\\1-\\2-\\3") }} as date)
{%- endmacro %}

{% macro spark__date_or_null(expression) -%}
    try_cast({{ dashed_day(expression, "$1-$2-$3") }} as date)
{%- endmacro %}

{#- Postgres raises on the 30th of February, so that day is counted from the first of its month and has to stay within it. -#}
{% macro postgres__date_or_null(expression) -%}
    {%- set day = dashed_day(expression, "\\1-\\2-\\3") -%}
    {%- set first = "cast(split_part(" ~ day ~ ", '-', 1) || '-' || split_part(" ~ day ~ ", '-', 2) || '-01' as date)" -%}
    {%- set counted = first ~ " + cast(split_part(" ~ day ~ ", '-', 3) as integer) - 1" -%}
    case
        when {{ day }} ~ '^[0-9]{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])$'
            then case
                when date_trunc('month', {{ counted }}) = date_trunc('month', {{ first }}) then {{ counted }}
            end
    end
{%- endmacro %}

{#- The day with dashes between its parts; a text that begins with none stays as it is. -#}
{% macro dashed_day(expression, groups) -%}
    {%- set marks = var("day_marks") -%}
    regexp_replace(
        regexp_replace(cast({{ expression }} as {{ text_type() }}), '^([0-9]{4})([0-9]{2})([0-9]{2})$', '{{ groups }}'),
        '^([0-9]{4})(?:{{ marks.after_year | join("|") }})([0-9]{1,2})(?:{{ marks.after_month | join("|") }})([0-9]{1,2}).*$',
        '{{ groups }}'
    )
{%- endmacro %}

{#- Days from one date to a later one. -#}
{% macro days_between(later, earlier) -%}
    {{ variant("days_between")(later, earlier) }}
{%- endmacro %}

{% macro default__days_between(later, earlier) -%}
    cast({{ later }} - {{ earlier }} as integer)
{%- endmacro %}

{% macro spark__days_between(later, earlier) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

{#- The date so many days after another. -#}
{% macro days_after(day, days) -%}
    {{ variant("days_after")(day, days) }}
{%- endmacro %}

{% macro default__days_after(day, days) -%}
    cast({{ day }} + cast({{ days }} as integer) as date)
{%- endmacro %}

{% macro spark__days_after(day, days) -%}
    date_add({{ day }}, cast({{ days }} as int))
{%- endmacro %}

{#- The Monday of the week of a date. -#}
{% macro monday_of(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}
