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
    cast(cast({{ expression }} as decimal(24, {{ places }})) as {{ text_type() }})
{%- endmacro %}

{#- A figure as the form prints it, or so much as undecided where it is not known: unknown is never zero. -#}
{% macro printed_or_undecided(expression, places) -%}
    coalesce({{ printed(expression, places) }}, {{ sentence('undecided') }})
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
            then {{ from_units(rounded_quotient("(" ~ as_whole(part) ~ " * 1000)", as_whole(whole)), 24, 1) }}
    end
{%- endmacro %}

{#- A figure of at most 8 decimals rounded half up to the decimals (0, 1 or 2) that a column gives. -#}
{% macro rounded_to(expression, places) -%}
    {{ from_units(
        "(" ~ rounded_quotient("(" ~ to_units(expression, 8) ~ ")", power_of_ten("8 - " ~ places)) ~ ") * " ~ power_of_ten("2 - " ~ places), 24, 2
    ) }}
{%- endmacro %}

{#- Figures of 表Ⅰ that can be added up: the item, and the figure of a school. -#}
{% macro form_1_sums() %}
    {{ return({
        "I17": "classes_primary",
        "I18": "classes_junior",
        "I19": "pupils_primary",
        "I20": "pupils_junior",
        "I21": "staff_primary",
        "I22": "teachers_primary",
        "I23": "staff_junior",
        "I24": "teachers_junior",
    }) }}
{% endmacro %}

{#-
    表Ⅳ and 表Ⅴ: the requirements of a block as the form numbers them, with its decimals. `requirements`: rows of fct_county_requirement,
    `names`: of dim_requirement, `labels`: of code_labels.
-#}
{% macro lines_of_requirements(requirements, names, labels, block) -%}
    select
        requirements.county_code,
        requirements.school_year,
        {{ first_day_of_school_year('requirements.school_year') }} as school_year_start,
        requirements.ruleset_id,
        -- the number behind the letter: G11 is item 11
        cast(substring(requirements.requirement_code, 2) as integer) as item_number,
        requirements.requirement_code,
        requirements.part,
        names.indicator_name_zh,
        names.name_zh,
        names.unit,
        requirements.numerator,
        requirements.denominator,
        requirements.value_rounded,
        case
            when requirements.basis = 'declared' then labels.label_zh
            else coalesce({{ printed_with('requirements.value_rounded', 'names.decimals') }}, {{ sentence('undecided') }})
        end as value_text,
        requirements.threshold,
        requirements.verdict,
        labels.label_zh as verdict_zh,
        requirements.verdict_changes_when_rounded,
        requirements.basis,
        requirements.source,
        requirements.declared_verdict,
        requirements.evidence_count,
        requirements.reference_period,
        requirements.conclusion_zh,
        requirements.disagreement_zh,
        names.display_order
    from {{ requirements }} as requirements
    inner join {{ names }} as names using (ruleset_id, requirement_code, part)
    left join {{ labels }} as labels on requirements.verdict = labels.code and labels.list = 'verdict'
    where requirements.block = '{{ block }}'
{%- endmacro %}
