{#- Schools that can be counted: the item of the line, and which schools it means. -#}
{%- set school_counts = {
    "I9": "sector = 'general' and kind_has_primary and not kind_has_junior and not kind_has_senior",
    "I10": "sector = 'general' and kind_has_primary and kind_has_junior and not kind_has_senior",
    "I11": "sector = 'general' and kind_has_junior and not kind_has_primary and not kind_has_senior",
    "I12": "sector = 'general' and kind_has_junior and kind_has_senior and not kind_has_primary",
    "I13": "sector = 'general' and kind_has_primary and kind_has_junior and kind_has_senior",
    "I14": "sector = 'special'",
    "I15": "sector = 'teaching_point'",
    "I16": "sector = 'teaching_point' and pupils_primary >= larger_points.pupils_from",
} -%}
with

counties as (
    select * from {{ ref('dim_county') }}
),

lines as (
    select * from {{ ref('form_lines') }}
    where form = 'I'
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

declared as (
    select
        county_code,
        school_year,
        item_code,
        value,
        evidence,
        reference_period
    from items
    where unit_code is null and stage = 'all'
),

-- of the larger teaching points the form counts, as the name of the line says
larger_points as (
    select pupils_from
    from lines
    where item_code = 'I16'
),

-- a school of an unknown kind may be any of them; a figure that one school does not give is not known of the county
counted as (
    select
        county_code,
        {%- for item, condition in school_counts.items() %}
        cast({{ known_count("(" ~ condition ~ ")") }} as decimal(28, 8)) as {{ item }},
        {%- endfor %}
        {%- for item, figure in form_1_sums().items() %}
        {{ sum_if_all_known(figure, "decimal(28, 8)") }} as {{ item }},
        {%- endfor %}
        school_year
    from schools
    cross join larger_points
    group by county_code, school_year
),

computed as (
    {%- for item in school_counts.keys() | list + form_1_sums().keys() | list %}
    select
        county_code,
        school_year,
        '{{ item }}' as item_code,
        {{ item }} as computed_value
    from counted
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- schools in refused files are not among those that were counted
waiting as (
    select
        county_code,
        school_year,
        {{ joined_text('school_name', '、', 'school_code') }} as withheld_schools
    from withheld_schools
    group by county_code, school_year
),

joined as (
    select
        counties.county_code,
        counties.school_year,
        lines.line,
        lines.line_order,
        lines.item_code,
        lines.name_zh,
        lines.unit,
        lines.decimals,
        declared.value as declared_value,
        declared.reference_period,
        declared.evidence,
        case when waiting.withheld_schools is null then computed.computed_value end as computed_value,
        waiting.withheld_schools
    from counties
    cross join lines
    left join declared using (county_code, school_year, item_code)
    left join computed using (county_code, school_year, item_code)
    left join waiting using (county_code, school_year)
),

rounded as (
    select
        *,
        {{ rounded_to('declared_value', 'decimals') }} as value_rounded,
        {{ rounded_to('computed_value', 'decimals') }} as computed_rounded
    from joined
),

final as (
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        line,
        line_order,
        item_code,
        name_zh,
        unit,
        declared_value as value,
        value_rounded,
        coalesce({{ printed_with('value_rounded', 'decimals') }}, {{ sentence('undecided') }}) as value_text,
        computed_value,
        {{ printed_with('computed_rounded', 'decimals') }} as computed_text,
        declared_value <> computed_value as is_different,
        reference_period,
        evidence,
        withheld_schools
    from rounded
)

select * from final
