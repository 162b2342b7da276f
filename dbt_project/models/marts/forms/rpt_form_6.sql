{#-
    Parts of the requirement on social recognition: whom they ask, the item that is the whole and the item of those who are satisfied;
    then the items of the form.
-#}
{%- set parts = {
    "all": ("total", "S1.valid", "S1.satisfied", "valid", "satisfied", "satisfaction"),
    "parents": ("parents", "S1.valid.parents", "S1.satisfied.parents", "valid", "satisfied", "satisfaction"),
    "visited": ("total", "S1.visited", "S1.visited_satisfied", "visited", "visited_satisfied", "visit_satisfaction"),
    "visited_parents": ("parents", "S1.visited.parents", "S1.visited_satisfied.parents", "visited", "visited_satisfied", "visit_satisfaction"),
} %}
with

requirements as (
    select * from {{ ref('fct_county_requirement') }}
    where requirement_code = 'S1'
),

amounts as (
    select * from {{ ref('int_requirement__amount') }}
),

surveys as (
    select * from {{ ref('int_survey__row_in_force') }}
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

lines as (
    select * from {{ ref('form_lines') }}
    where form = 'VI'
),

-- what each source says of a part
part_amounts as (
    {%- for part, (respondents, whole, satisfied, whole_item, satisfied_item, share_item) in parts.items() %}
    select
        county_code,
        school_year,
        ruleset_id,
        source,
        '{{ part }}' as part,
        max(case when item = '{{ whole }}' then amount end) as whole,
        max(case when item = '{{ satisfied }}' then amount end) as satisfied
    from amounts
    where stage = 'all' and item in ('{{ whole }}', '{{ satisfied }}')
    group by county_code, school_year, ruleset_id, source
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- the source of the share that stands; without a share the survey before the county's items
placed as (
    select
        requirements.county_code,
        requirements.school_year,
        requirements.ruleset_id,
        requirements.part,
        requirements.value_rounded as share,
        part_amounts.source,
        part_amounts.whole,
        part_amounts.satisfied,
        row_number() over (
            partition by requirements.county_code, requirements.school_year, requirements.ruleset_id, requirements.part
            order by coalesce(part_amounts.source = requirements.source, false) desc, part_amounts.source = 'survey' desc
        ) as place
    from requirements
    left join part_amounts using (county_code, school_year, ruleset_id, part)
),

chosen as (
    select *
    from placed
    where place = 1
),

-- questionnaires handed out: several surveys of a year are added; groups of respondents do not make the whole
questionnaires as (
    select
        county_code,
        school_year,
        'survey' as source,
        case respondent_group when 'all' then 'total' else respondent_group end as respondents,
        {{ sum_if_all_known('questionnaires', 'decimal(28, 8)') }} as questionnaires
    from surveys
    where school_code is null and respondent_group in ('all', 'parents')
    group by county_code, school_year, respondent_group
    union all
    select
        county_code,
        school_year,
        'items' as source,
        case item_code when 'S1.questionnaires' then 'total' else 'parents' end as respondents,
        value as questionnaires
    from items
    where item_code in ('S1.questionnaires', 'S1.questionnaires.parents') and unit_code is null and stage = 'all'
),

item_values as (
    {%- for part, (respondents, whole, satisfied, whole_item, satisfied_item, share_item) in parts.items() %}
    {%- for item, column in {whole_item: "whole", satisfied_item: "satisfied", share_item: "share"}.items() %}
    select
        county_code,
        school_year,
        ruleset_id,
        '{{ respondents }}' as respondents,
        '{{ item }}' as item_code,
        cast({{ column }} as decimal(28, 8)) as item_value
    from chosen
    where part = '{{ part }}'
    union all
    {%- endfor %}
    {%- endfor %}
    select
        chosen.county_code,
        chosen.school_year,
        chosen.ruleset_id,
        questionnaires.respondents,
        'questionnaires' as item_code,
        questionnaires.questionnaires as item_value
    from chosen
    inner join questionnaires
        on
            chosen.county_code = questionnaires.county_code
            and chosen.school_year = questionnaires.school_year
            and chosen.source = questionnaires.source
            and case chosen.part when 'all' then 'total' else chosen.part end = questionnaires.respondents
),

counties as (
    select distinct  -- the requirement has four parts
        county_code,
        school_year,
        ruleset_id
    from requirements
),

pivoted as (
    select
        counties.county_code,
        counties.school_year,
        counties.ruleset_id,
        lines.line,
        lines.line_order,
        lines.name_zh,
        lines.unit,
        lines.decimals,
        max(case when item_values.respondents = 'total' then item_values.item_value end) as total,
        max(case when item_values.respondents = 'parents' then item_values.item_value end) as parents
    from counties
    cross join lines
    left join item_values using (county_code, school_year, ruleset_id, item_code)
    group by
        counties.county_code,
        counties.school_year,
        counties.ruleset_id,
        lines.line,
        lines.line_order,
        lines.name_zh,
        lines.unit,
        lines.decimals
),

rounded as (
    select
        *,
        {{ rounded_to('total', 'decimals') }} as total_value,
        {{ rounded_to('parents', 'decimals') }} as parents_value
    from pivoted
),

final as (
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        ruleset_id,
        line,
        line_order,
        name_zh,
        unit,
        total_value,
        coalesce({{ printed_with('total_value', 'decimals') }}, {{ sentence('undecided') }}) as total_text,
        parents_value,
        coalesce({{ printed_with('parents_value', 'decimals') }}, {{ sentence('undecided') }}) as parents_text
    from rounded
)

select * from final
