{#- Pieces of the hints on authenticity. -#}

{#- Figures of a school whose digits the hints look at. -#}
{% macro authenticity_items() %}{{ return(premises_items() + school_means()) }}{% endmacro %}

{#- How strong a hint is: its weight, more the further beyond the threshold, at most `most_times`. -#}
{% macro hint_score(weight, observed, threshold, most_times) -%}
    {{ as_decimal(
        as_double(weight) ~ " * least(" ~ most_times ~ ", greatest(1, " ~ as_double(observed) ~ " / " ~ as_double("nullif(" ~ threshold ~ ", 0)") ~ "))", 12, 4
    ) }}
{%- endmacro %}
