{#- Measures of the joint review, by the names that review_items uses. -#}

{#- Of one stage of a school: measure → figure of int_census__school. -#}
{% macro review_stage_measures(stage) %}
    {%- set over = ["46_50", "51_55", "56_60", "61_65", "ge66"] if stage == "primary" else ["51_55", "56_60", "61_65", "ge66"] -%}
    {%- set all, large = [], [] -%}
    {%- for band in class_size_bands() -%}{%- do all.append("classes_" ~ stage ~ "_" ~ band) -%}{%- endfor -%}
    {%- for band in over -%}{%- do large.append("classes_" ~ stage ~ "_" ~ band) -%}{%- endfor -%}
    {{ return({
        "pupils": "pupils_" ~ stage,
        "classes": "classes_" ~ stage,
        "classes_over": "classes_over_" ~ stage,
        "largest_class": "largest_class_" ~ stage,
        "largest_class_times_classes": "largest_class_" ~ stage ~ " * classes_" ~ stage,
        "teachers": "teachers_" ~ stage,
        "above_degree": "qualified_" ~ stage,
        "backbone": "backbone_" ~ stage,
        "pe_art": "pe_art_" ~ stage,
        "certified": "certified_" ~ stage,
        "trained_360h": "trained360_" ~ stage,
        "exchange_eligible": "exchange_eligible_" ~ stage,
        "exchanged": "exchanged_" ~ stage,
        "exchanged_backbone": "exchanged_backbone_" ~ stage,
        "bands_classes": all | join(" + "),
        "bands_over": large | join(" + "),
    }) }}
{% endmacro %}

{#- Of a whole school: measure → figure of int_census__school. -#}
{% macro review_school_measures() %}
    {{ return({
        "teaching_area_m2": "teaching_area_m2",
        "sports_area_m2": "indoor_sports_area_m2 + outdoor_sports_area_m2",
        "equipment_value_wan_yuan": "equipment_value_wan_yuan",
        "multimedia_rooms": "multimedia_rooms",
        "migrants": "migrant_pupils",
        "classes_all": "case when has_primary then classes_primary else 0 end + case when has_junior then classes_junior else 0 end"
            ~ " + case when has_senior then classes_senior else 0 end",
        "pupils_all": "case when has_primary then pupils_primary else 0 end + case when has_junior then pupils_junior else 0 end"
            ~ " + case when has_senior then pupils_senior else 0 end",
    }) }}
{% endmacro %}

{#- Of a stage, from the roster, the registry and the class list. -#}
{% macro review_roster_measures() %}
    {{ return([
        "teachers", "above_degree", "backbone", "pe_art", "certified", "trained_360h", "exchange_eligible", "exchanged",
        "exchanged_backbone",
    ]) }}
{% endmacro %}

{#- Figures of a school whose digits the hints look at. -#}
{% macro authenticity_items() %}{{ return(premises_items() + school_means()) }}{% endmacro %}

{#- How strong a hint is: its weight, more the further beyond the threshold, at most five times. -#}
{% macro hint_score(weight, observed, threshold) -%}
    cast(
        {{ weight }} * least(5, greatest(1, {{ observed }} / nullif({{ threshold }}, 0))) as decimal(12, 4)
    )
{%- endmacro %}
