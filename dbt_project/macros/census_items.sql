{#-
    The columns of the census that rules compute with, said once. A rule set names them in `seeds/rules/rule_terms.csv`;
    `tests/rule_terms_name_known_items.sql` fails when it names one that is not here. A new item is one entry in this file
    and its column in `stg_census__school`.
-#}

{#- Stages whose pupils are read. Kindergarten only carries a weight in the split of a combined school. -#}
{% macro pupil_stages() %}{{ return(["primary", "junior", "senior", "kindergarten"]) }}{% endmacro %}

{#- Stages a school can be made of. -#}
{% macro school_stages() %}{{ return(["primary", "junior", "senior"]) }}{% endmacro %}

{#- Staff of one stage: empty is unknown only where the school has the stage. -#}
{% macro staff_items(stage) %}
    {{ return({
        "primary": ["teachers_primary", "qualified_primary", "backbone_primary", "pe_art_primary"],
        "junior": ["teachers_junior", "qualified_junior", "backbone_junior", "pe_art_junior"],
    }.get(stage, [])) }}
{% endmacro %}

{#- Premises and equipment of the whole school: split over its stages by weight. -#}
{% macro premises_items() %}
    {{ return([
        "teaching_area_m2",
        "indoor_sports_area_m2",
        "outdoor_sports_area_m2",
        "equipment_value_wan_yuan",
        "multimedia_rooms",
    ]) }}
{% endmacro %}

{#- Every item a rule term may name. -#}
{% macro rule_items() %}
    {%- set items = [] -%}
    {%- for stage in school_stages() -%}{%- do items.extend(staff_items(stage)) -%}{%- endfor -%}
    {{ return(items + premises_items()) }}
{% endmacro %}

{#- The pupils of the stage that `stage_column` names, from the columns pupils_<stage> of `relation`. -#}
{% macro pupils_of_stage(relation, stage_column) -%}
    case {{ stage_column }}
        {%- for stage in pupil_stages() %}
        when '{{ stage }}' then {{ relation }}.pupils_{{ stage }}
        {%- endfor %}
    end
{%- endmacro %}

{#- What the census says of a school that is no figure of the rules. -#}
{% macro school_attributes() %}
    {{ return([
        "school_name",
        "school_kind_code",
        "display_order",
        "township",
        "urban_rural_code",
        "sponsor_code",
        "operating_status_code",
        "counts_as_school",
        "main_school_code",
    ]) }}
{% endmacro %}
