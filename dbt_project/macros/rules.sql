{#- Comparisons as the rules word them: one place for each, used for exact and for rounded figures. -#}

{#- `left` against `right` with the operator that the rule set names. Null when either side is unknown. -#}
{% macro holds(operator, left, right) -%}
    case {{ operator }}
        when '>=' then {{ left }} >= {{ right }}
        when '>' then {{ left }} > {{ right }}
        when '<=' then {{ left }} <= {{ right }}
        when '<' then {{ left }} < {{ right }}
    end
{%- endmacro %}

{#- Verdict on one school's figure / base, compared without dividing. Null without a standard; missing is never compliant and
    never a fault. -#}
{% macro school_verdict(operator, figure, base, standard, floor) -%}
    case
        when {{ standard }} is null then null
        when {{ figure }} is null or {{ base }} is null then 'undecided'
        when {{ holds(operator, figure, standard ~ " * " ~ base) }} then 'met'
        when {{ holds(operator, figure, floor ~ " * " ~ base) }} then 'floor_met'
        else 'unmet'
    end
{%- endmacro %}

{#- Verdict on a coefficient, from its square: coefficients are binary floating point, so a relative difference below
    1e-12 counts as equal. Null without a limit. -#}
{% macro coefficient_verdict(squared_coefficient, difference_limit) -%}
    case
        when {{ difference_limit }} is null then null
        when {{ squared_coefficient }} is null then 'undecided'
        when {{ squared_coefficient }} <= power({{ as_double(difference_limit) }}, 2) * (1 + 1e-12) then 'met'
        else 'unmet'
    end
{%- endmacro %}

{#- 2025 is shown as 2025—2026学年. -#}
{% macro school_year_label(school_year) -%}
    cast({{ school_year }} as varchar) || '—' || cast({{ school_year }} + 1 as varchar) || '学年'
{%- endmacro %}

{#- Sum over a group; unknown as soon as one part is. -#}
{% macro sum_if_all_known(column, data_type) -%}
    cast(case when count(*) = count({{ column }}) then sum({{ column }}) end as {{ data_type }})
{%- endmacro %}
