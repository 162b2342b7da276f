{#- What the county's own reporting forms (申报表 表Ⅰ–Ⅵ) have in common. Lines, items and decimals are the seed form_lines. -#}

{#- Lines of 表Ⅱ-2 and 表Ⅲ that hold a figure of an indicator: columns of the marts, so they stand here. A test compares them with the seed. -#}
{% macro form_indicator_lines(form) %}
    {{ return({
        "II-2": {"l7": "L1", "l8": "L2", "l9": "L3", "l10": "L4", "l11": "L5", "l12": "L6", "l13": "L7"},
        "III": {"l1": "L1", "l2": "L2", "l3": "L3", "l4": "L4", "l5": "L5", "l6": "L6", "l7": "L7", "l8": "composite"},
    }[form]) }}
{% endmacro %}

{#- A figure as the form prints it: with all its decimals. `expression` is rounded already. -#}
{% macro printed(expression, places) -%}
    cast(cast({{ expression }} as decimal(24, {{ places }})) as varchar)
{%- endmacro %}

{#- A figure as the form prints it, or 待定 where it is not known: unknown is never zero. -#}
{% macro printed_or_undecided(expression, places) -%}
    coalesce({{ printed(expression, places) }}, '待定')
{%- endmacro %}

{#- A printed figure with the decimals that a column gives (0, 1 or 2). -#}
{% macro printed_with(expression, places) -%}
    case {{ places }}
        when 0 then {{ printed(expression, 0) }}
        when 1 then {{ printed(expression, 1) }}
        when 2 then {{ printed(expression, 2) }}
    end
{%- endmacro %}

{#- part / whole as a per cent with one decimal, half up; null when one of them is unknown or the whole is 0. -#}
{% macro share_pct(part, whole) -%}
    case
        when {{ whole }} > 0
            then {{ from_units(rounded_quotient("(cast(" ~ part ~ " as hugeint) * 1000)", "cast(" ~ whole ~ " as hugeint)"), 24, 1) }}
    end
{%- endmacro %}
