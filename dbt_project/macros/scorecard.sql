{#-
    The columns of rpt_county_scorecard, said once. They are a contract, so they do not follow the seeds by themselves: a new indicator or part
    is an entry here and its columns in the yml; tests/scorecard_columns_are_indicators.sql says when one is missing.
-#}

{#- The rule set the row speaks of, and the one whose composite stands beside it. -#}
{% macro scorecard_rulesets() %}{{ return({"present": "national-2017", "earlier": "national-2012"}) }}{% endmacro %}

{% macro scorecard_stages() %}{{ return(["primary", "junior"]) }}{% endmacro %}

{% macro scorecard_indicators() %}{{ return(["L1", "L2", "L3", "L4", "L5", "L6", "L7"]) }}{% endmacro %}

{#- Requirements, with the parts that have a figure; the others have a verdict alone. -#}
{% macro scorecard_requirements() %}
    {{ return({
        "P1": ["all"], "P2": [],
        "G1": [], "G2": [], "G3": ["a", "b"], "G4": ["all"], "G5": ["primary", "junior"], "G6": ["all"], "G7": ["all"], "G8": ["all"],
        "G9": ["all"], "G10": [], "G11": ["a", "b"], "G12": ["all"], "G13": ["primary", "junior"], "G14": ["a", "b"], "G15": ["a"],
        "Q1": ["all"], "Q2": ["all"], "Q3": [], "Q4": ["all"], "Q5": [], "Q6": [], "Q7": [], "Q8": [], "Q9": ["all"],
        "S1": ["all", "parents", "visited", "visited_parents"],
        "V1": [], "V2": [], "V3": [], "V4": [], "V5": [], "V6": [],
    }) }}
{% endmacro %}

{#- The item of the county in which it says in which year it means to be recognised. -#}
{% macro scorecard_planned_year() %}{{ return("P1.planned_year") }}{% endmacro %}

{#- G11 and part b: g11_b. -#}
{% macro scorecard_column(code, part) -%}
    {{ code | lower }}{{ "_" ~ part if part != "all" }}
{%- endmacro %}
