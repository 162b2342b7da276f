{%- set rulesets = scorecard_rulesets() %}
{%- set blocks = ["precondition", "resource", "government", "quality", "social"] %}
with

counties as (
    select * from {{ ref('dim_county') }}
),

county_verdicts as (
    select * from {{ ref('fct_county_verdict') }}
    where ruleset_id = '{{ rulesets.present }}'
),

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

requirements as (
    select * from {{ ref('fct_county_requirement') }}
    where ruleset_id = '{{ rulesets.present }}'
),

school_verdicts as (
    select * from {{ ref('fct_school_verdict') }}
    where ruleset_id = '{{ rulesets.present }}'
),

items as (
    select * from {{ ref('int_requirement__item') }}
    where item_code = '{{ scorecard_planned_year() }}'
),

plans as (
    select
        county_code,
        school_year,
        {{ agreed('value') }} as planned_recognition_year
    from items
    group by county_code, school_year
),

coefficients as (
    select
        {%- for indicator in scorecard_indicators() + ["composite"] %}
        {%- for stage in scorecard_stages() %}
        {%- set row = "indicator_code = '" ~ indicator ~ "' and stage = '" ~ stage ~ "'" %}
        {%- if indicator != "composite" %}
        cast(max(case when {{ row }} then county_mean_rounded end) as decimal(24, 2)) as {{ indicator | lower }}_{{ stage }}_mean,
        max(case when {{ row }} then verdict end) as {{ indicator | lower }}_{{ stage }}_verdict,
        {%- endif %}
        max(case when {{ row }} then difference_coefficient_rounded end) as {{ indicator | lower }}_{{ stage }}_coefficient,
        {%- endfor %}
        {%- endfor %}
        county_code,
        school_year
    from county_indicators
    where ruleset_id = '{{ rulesets.present }}'
    group by county_code, school_year
),

earlier_composites as (
    select
        {%- for stage in scorecard_stages() %}
        max(case when stage = '{{ stage }}' then difference_coefficient_rounded end) as composite_2012_{{ stage }}_coefficient,
        max(case when stage = '{{ stage }}' then verdict end) as composite_2012_{{ stage }}_verdict,
        {%- endfor %}
        county_code,
        school_year
    from county_indicators
    where ruleset_id = '{{ rulesets.earlier }}' and indicator_code = 'composite'
    group by county_code, school_year
),

requirement_verdicts as (
    select
        {%- for code, parts in scorecard_requirements().items() %}
        {%- for part in parts %}
        max(case when requirement_code = '{{ code }}' and part = '{{ part }}' then value_rounded end)
            as {{ scorecard_column(code, part) }}_value,
        {%- endfor %}
        {{ folded_verdict("case when requirement_code = '" ~ code ~ "' then verdict end") }} as {{ code | lower }}_verdict,
        {%- endfor %}
        county_code,
        school_year
    from requirements
    group by county_code, school_year
),

schools as (
    select
        {%- for stage in scorecard_stages() %}
        count(case when stage = '{{ stage }}' then 1 end) as schools_{{ stage }},
        {%- for verdict in ["met", "unmet", "undecided"] %}
        count(case when stage = '{{ stage }}' and verdict = '{{ verdict }}' then 1 end) as schools_{{ stage }}_{{ verdict }},
        {%- endfor %}
        {%- endfor %}
        county_code,
        school_year
    from school_verdicts
    group by county_code, school_year
),

final as (
    select
        counties.county_code,
        counties.school_year,
        {{ first_day_of_school_year('counties.school_year') }} as school_year_start,
        counties.school_year_label,
        counties.county_name,
        counties.city_name,
        counties.province_name,
        county_verdicts.ruleset_id,
        county_verdicts.verdict,
        county_verdicts.verdict_strict,
        {%- for block in blocks %}
        county_verdicts.{{ block }}_verdict,
        {%- endfor %}
        county_verdicts.vetoed,
        county_verdicts.n_met,
        county_verdicts.n_unmet,
        county_verdicts.n_undecided,
        county_verdicts.waiting_for_zh,
        {%- for stage in scorecard_stages() %}
        cast(schools.schools_{{ stage }} as integer) as schools_{{ stage }},
        {%- for verdict in ["met", "unmet", "undecided"] %}
        cast(schools.schools_{{ stage }}_{{ verdict }} as integer) as schools_{{ stage }}_{{ verdict }},
        {%- endfor %}
        {%- endfor %}
        {%- for indicator in scorecard_indicators() %}
        {%- for stage in scorecard_stages() %}
        {%- for figure in ["mean", "coefficient", "verdict"] %}
        coefficients.{{ indicator | lower }}_{{ stage }}_{{ figure }},
        {%- endfor %}
        {%- endfor %}
        {%- endfor %}
        {%- for stage in scorecard_stages() %}
        coefficients.composite_{{ stage }}_coefficient,
        {%- endfor %}
        {%- for code, parts in scorecard_requirements().items() %}
        {%- for part in parts %}
        requirement_verdicts.{{ scorecard_column(code, part) }}_value,
        {%- endfor %}
        requirement_verdicts.{{ code | lower }}_verdict,
        {%- endfor %}
        {%- for stage in scorecard_stages() %}
        earlier_composites.composite_2012_{{ stage }}_coefficient,
        earlier_composites.composite_2012_{{ stage }}_verdict,
        {%- endfor %}
        counties.is_fictional,
        cast(plans.planned_recognition_year as integer) as planned_recognition_year
    from counties
    left join county_verdicts using (county_code, school_year)
    left join coefficients using (county_code, school_year)
    left join requirement_verdicts using (county_code, school_year)
    left join schools using (county_code, school_year)
    left join earlier_composites using (county_code, school_year)
    left join plans using (county_code, school_year)
)

select * from final
