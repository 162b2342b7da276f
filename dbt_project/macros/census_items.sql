{#-
    The columns of the census that rules compute with, said once. A rule set names those of `rule_items` in
    `seeds/rules/rule_terms.csv`; `tests/rule_terms_name_known_items.sql` fails when it names one that is not here. A new item is
    one entry in this file and its column in `stg_census__school`.
-#}

{#- Stages whose pupils are read. Kindergarten only carries a weight in the split of a combined school. -#}
{% macro pupil_stages() %}{{ return(["primary", "junior", "senior", "kindergarten"]) }}{% endmacro %}

{#- Stages a school can be made of. -#}
{% macro school_stages() %}{{ return(["primary", "junior", "senior"]) }}{% endmacro %}

{#- Staff of one stage: empty is unknown only where the school has the stage. -#}
{% macro staff_items(stage) %}
    {{ return({
        "primary": ["teachers_primary", "qualified_primary", "backbone_primary", "pe_art_primary", "visiting_pe_art_primary", "midtitle_primary"],
        "junior": ["teachers_junior", "qualified_junior", "backbone_junior", "pe_art_junior", "visiting_pe_art_junior", "midtitle_junior"],
    }.get(stage, [])) }}
{% endmacro %}

{#- Bands of class size, as the census has them: the columns classes_<stage>_<band>. -#}
{% macro class_size_bands() %}
    {{ return(["le25", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "ge66"]) }}
{% endmacro %}

{#- Counts of one stage that requirements (表Ⅳ, 表Ⅴ) compute with and resource indicators do not. -#}
{% macro stage_counts(stage) %}
    {%- if stage == "senior" -%}
        {{ return(["classes_senior"]) }}
    {%- elif stage in ["primary", "junior"] -%}
        {%- set counts = [] -%}
        {%- for item in ["staff", "certified", "trained360", "exchange_eligible", "exchanged", "exchanged_backbone", "catchment",
                         "classes", "classes_over"] -%}
            {%- do counts.append(item ~ "_" ~ stage) -%}
        {%- endfor -%}
        {%- for band in class_size_bands() -%}{%- do counts.append("classes_" ~ stage ~ "_" ~ band) -%}{%- endfor -%}
        {{ return(counts) }}
    {%- endif -%}
    {{ return([]) }}
{% endmacro %}

{#- Figures of one stage of which the largest unit speaks for the school: no sum. -#}
{% macro stage_maxima(stage) %}
    {{ return(["largest_class_" ~ stage, "grades_" ~ stage] if stage in ["primary", "junior"] else []) }}
{% endmacro %}

{#- Premises and equipment of the whole school: split over its stages by weight. -#}
{% macro premises_items() %}
    {{ return([
        "teaching_area_m2",
        "indoor_sports_area_m2",
        "outdoor_sports_area_m2",
        "equipment_value_wan_yuan",
        "leased_sports_area_m2",
        "converted_sports_area_m2",
        "multimedia_rooms",
        "computers",
        "books",
    ]) }}
{% endmacro %}

{#- Rooms and money of the whole school that requirements compute with and resource indicators do not. -#}
{% macro school_means() %}
    {{ return([
        "music_rooms",
        "art_rooms",
        "public_funds_budget_yuan",
        "public_funds_allocated_yuan",
        "training_budget_yuan",
    ]) }}
{% endmacro %}

{#- Every figure beside those that a rule term may name. -#}
{% macro requirement_items() %}
    {%- set items = [] -%}
    {%- for stage in school_stages() -%}{%- do items.extend(stage_counts(stage) + stage_maxima(stage)) -%}{%- endfor -%}
    {{ return(items + school_means() + ["migrant_pupils"]) }}
{% endmacro %}

{#- Lists of areas, one of each room, as text with `;` between them. -#}
{% macro room_lists() %}{{ return(["music_room_areas_m2", "art_room_areas_m2"]) }}{% endmacro %}

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
        "is_boarding",
        "is_dense_centre",
        "built_year",
    ]) }}
{% endmacro %}
