{#- Pieces that the requirements of a county (P, G, Q, S, V) share. -#}

{#- The fold of a group's verdicts: any known fault decides, then anything undecided; rows without a verdict take no part. -#}
{% macro folded_verdict(verdict) -%}
    case
        when count(case when {{ verdict }} = 'unmet' then 1 end) > 0 then 'unmet'
        when count(case when {{ verdict }} = 'undecided' then 1 end) > 0 then 'undecided'
        when count(case when {{ verdict }} = 'met' then 1 end) > 0 then 'met'
    end
{%- endmacro %}

{#- met or unmet by a condition; undecided where it is unknown. -#}
{% macro verdict_if(condition) -%}
    case when {{ condition }} then 'met' when not ({{ condition }}) then 'unmet' else 'undecided' end
{%- endmacro %}

{#- Whether `code` stands in a list with `;` between its entries. -#}
{% macro is_listed(code, list) -%}
    position(';' || {{ code }} || ';' in ';' || {{ list }} || ';') > 0
{%- endmacro %}

{#- Classes in the bands that a list names, from the columns <prefix><band>; unknown as soon as one of them is. -#}
{% macro classes_in_bands(prefix, bands) -%}
    {%- for band in class_size_bands() %}
            {{ "+ " if not loop.first }}case when {{ is_listed("'" ~ band ~ "'", bands) }} then {{ prefix }}{{ band }} else 0 end
    {%- endfor %}
{%- endmacro %}

{#- The stages that requirements on schools speak of. -#}
{% macro compulsory_stages() %}{{ return(["primary", "junior"]) }}{% endmacro %}

{#- Figures of teachers that requirements add over a county: name of the sum → item of a stage. -#}
{% macro teacher_figures() %}
    {{ return(["teachers", "certified", "trained360", "exchange_eligible", "exchanged", "exchanged_backbone"]) }}
{% endmacro %}

{#- The columns that every model of one requirement of schools ends with, but the last, waiting_for_zh. -#}
{% macro school_requirement_columns() %}
    {{ return([
        "county_code", "school_year", "school_code", "ruleset_id", "requirement_code", "part", "value", "threshold", "relaxed_value",
        "relaxed_threshold", "verdict", "verdict_strict", "relaxation_code",
    ]) }}
{% endmacro %}

{#- How many schools, and the first of their names: 9 所学校（甲、乙 等）. Null without any. -#}
{% macro some_schools(names, count) -%}
    case
        when {{ count }} > 0
            then {{ sentence(
                'some_schools', count=count, names=names,
                more="case when " ~ count ~ " > " ~ var('most')['schools'] ~ " then " ~ sentence('and_more') ~ " else '' end"
            ) }}
    end
{%- endmacro %}

{#-
    Ratios of a requirement, from numerator and denominator (whole numbers of 10^-8) and threshold_units (of 10^-4): the ratio in units of
    10^-12 and of its own decimals, and whether the exact one holds, by cross multiplication and never after a division. Null without a base.
-#}
{% macro ratio_columns(numerator, denominator, scale, operator, decimals, threshold_units) -%}
    {%- set scaled = numerator ~ " * " ~ scale -%}
    case
        when {{ denominator }} > 0 then {{ rounded_quotient('(' ~ scaled ~ ' * 1000000000000)', denominator) }}
    end as ratio_units,
    case
        when {{ denominator }} > 0 then {{ rounded_quotient('(' ~ scaled ~ ' * ' ~ power_of_ten(decimals) ~ ')', denominator) }}
    end as ratio_rounded_units,
    case
        when {{ denominator }} > 0 then {{ holds(operator, scaled ~ ' * 10000', threshold_units ~ ' * ' ~ denominator) }}
    end as ratio_holds
{%- endmacro %}

{#- Whether the ratio with the form's decimals (ratio_rounded_units of `ratio_columns`) holds. -#}
{% macro rounded_ratio_holds(rounded_units, operator, decimals, threshold_units) -%}
    {{ holds(operator, rounded_units ~ ' * 10000', threshold_units ~ ' * ' ~ power_of_ten(decimals)) }}
{%- endmacro %}

{#- A number with its unit: per cents without a space. -#}
{% macro quantity_text(number, unit) -%}
    {{ number }} || case when {{ unit }} = '%' then '%' else ' ' || {{ unit }} end
{%- endmacro %}

{#- How a figure stands to its threshold, in words. -#}
{% macro threshold_words(operator, verdict) -%}
    case {{ operator }}
        when '>=' then case when {{ verdict }} = 'met' then {{ sentence('not_less') }} else {{ sentence('less') }} end
        when '>' then case when {{ verdict }} = 'met' then {{ sentence('more') }} else {{ sentence('not_more') }} end
        when '<=' then case when {{ verdict }} = 'met' then {{ sentence('not_more') }} else {{ sentence('more') }} end
        when '<' then case when {{ verdict }} = 'met' then {{ sentence('less') }} else {{ sentence('not_less') }} end
    end
{%- endmacro %}

{#- A figure as a sentence prints it: with as many decimals as tell the verdict, where the form's own would tell another. -#}
{% macro telling_number(figure, rounded, turns, operator, threshold, verdict) -%}
    case
        when not coalesce({{ turns }}, false) then {{ number_text(rounded) }}
        {%- for places in [2, 3, 4, 6] %}
        when ({{ holds(operator, "cast(" ~ figure ~ " as decimal(38, " ~ places ~ "))", threshold) }}) = ({{ verdict }} = 'met')
            then {{ number_text("cast(" ~ figure ~ " as decimal(38, " ~ places ~ "))") }}
        {%- endfor %}
        else {{ number_text(figure) }}
    end
{%- endmacro %}
