with

blanks as (
    select * from {{ ref('form_blanks') }}
),

requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

school_requirements as (
    select * from {{ ref('fct_school_requirement') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

monitoring as (
    select * from {{ ref('rpt_form_5_9') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

figures as (
    {%- for figure, column in {"numerator": "numerator", "denominator": "denominator", "value": "value_rounded"}.items() %}
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        '{{ figure }}' as figure,
        cast({{ column }} as decimal(38, 8)) as amount
    from requirements
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- what schools were asked, with what kind of school each is
asked as (
    select
        school_requirements.county_code,
        school_requirements.school_year,
        school_requirements.ruleset_id,
        school_requirements.requirement_code,
        school_requirements.verdict_strict,
        school_requirements.value as amount,
        schools.pupils_primary + schools.pupils_junior as pupils,
        case
            when schools.kind_has_primary and schools.kind_has_junior then 'combined'
            when schools.kind_has_primary then 'primary'
            when schools.kind_has_junior then 'junior'
        end as part
    from school_requirements
    inner join schools using (county_code, school_year, school_code)
    where school_requirements.requirement_code in ('G4', 'G6')
),

-- a school that is not decided may belong to the count, and so may one in a refused file
counted as (
    select
        requirements.county_code,
        requirements.school_year,
        requirements.ruleset_id,
        {%- for part in ["primary", "junior", "combined"] %}
        case
            when count(case when asked.part = '{{ part }}' and asked.verdict_strict = 'undecided' then 1 end) = 0
                then count(case when asked.part = '{{ part }}' and asked.verdict_strict = 'unmet' then 1 end)
        end as schools_above_{{ part }},
        {%- endfor %}
        count(asked.requirement_code) as n_asked
    from requirements
    left join asked using (county_code, school_year, ruleset_id, requirement_code)
    where requirements.requirement_code = 'G4'
    group by requirements.county_code, requirements.school_year, requirements.ruleset_id
),

small_schools as (
    select
        counted.county_code,
        counted.school_year,
        counted.ruleset_id,
        case when count(asked.requirement_code) = count(asked.pupils) then coalesce(sum(asked.pupils), 0) end as pupils,
        case when count(asked.requirement_code) = count(asked.amount) then coalesce(sum(asked.amount), 0) end as funds
    from counted
    left join asked
        on
            counted.county_code = asked.county_code
            and counted.school_year = asked.school_year
            and counted.ruleset_id = asked.ruleset_id
            and asked.requirement_code = 'G6'
    where counted.n_asked > 0
    group by counted.county_code, counted.school_year, counted.ruleset_id
),

waiting as (
    select distinct
        county_code,
        school_year
    from withheld_schools
),

school_figures as (
    {%- for part in ["primary", "junior", "combined"] %}
    select
        county_code,
        school_year,
        ruleset_id,
        'G4' as requirement_code,
        '{{ part }}' as part,
        'schools_above' as figure,
        cast(schools_above_{{ part }} as decimal(38, 8)) as amount
    from counted
    where n_asked > 0
    union all
    {%- endfor %}
    {%- for column in ["pupils", "funds"] %}
    select
        county_code,
        school_year,
        ruleset_id,
        'G6' as requirement_code,
        'all' as part,
        'small_school_{{ column }}' as figure,
        cast({{ column }} as decimal(38, 8)) as amount
    from small_schools
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

known as (
    select * from figures
    union all
    select school_figures.*
    from school_figures
    left join waiting using (county_code, school_year)
    where waiting.county_code is null
),

-- the county's own items of the period that the requirement rests on
county_items as (
    select
        county_code,
        school_year,
        item_code,
        reference_period,
        max(value) as amount
    from items
    where unit_code is null and stage = 'all'
    group by county_code, school_year, item_code, reference_period
),

-- of each grade the newest national result, grade by grade
newest as (
    select
        *,
        row_number() over (
            partition by county_code, school_year, grade, subject_code order by monitoring_year desc, subject asc
        ) as place
    from monitoring
    where scope = 'national'
),

by_grade as (
    select
        newest.county_code,
        newest.school_year,
        newest.subject_code as part,
        newest.grade,
        labels.label_zh || case newest.level
            {%- for number in range(1, 5) %}
            when {{ number }} then {{ sentence('numeral_' ~ number) }}
            {%- endfor %}
        end as level_zh,
        case when newest.between_school_rate is not null then labels.label_zh || newest.between_school_rate_text end as rate_zh
    from newest
    inner join labels on labels.list = 'grade' and labels.code = cast(newest.grade as {{ text_type() }})
    where newest.place = 1
),

subjects as (
    {%- for figure in ["level", "rate"] %}
    select
        county_code,
        school_year,
        part,
        '{{ figure }}' as figure,
        {{ joined_text(figure ~ '_zh', '、', 'grade') }} as text_zh
    from by_grade
    group by county_code, school_year, part
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

counties as (
    select distinct
        county_code,
        school_year,
        ruleset_id,
        requirement_code
    from requirements
),

filled as (
    select
        counties.county_code,
        counties.school_year,
        counties.ruleset_id,
        blanks.form,
        blanks.item_number,
        blanks.blank,
        blanks.blank_order,
        blanks.requirement_code,
        blanks.decimals,
        case
            when blanks.whole_item_code is not null then {{ share_pct('part_items.amount', 'wholes.amount') }}
            when blanks.figure = 'item' then part_items.amount
            else cast(blanks.factor * cast(known.amount as decimal(24, 8)) as decimal(28, 8))
        end as amount,
        subjects.text_zh
    from counties
    inner join blanks using (requirement_code)
    left join known
        on
            counties.county_code = known.county_code
            and counties.school_year = known.school_year
            and counties.ruleset_id = known.ruleset_id
            and blanks.requirement_code = known.requirement_code
            and blanks.part = known.part
            and blanks.figure = known.figure
    left join requirements
        on
            counties.county_code = requirements.county_code
            and counties.school_year = requirements.school_year
            and counties.ruleset_id = requirements.ruleset_id
            and blanks.requirement_code = requirements.requirement_code
            and blanks.part = requirements.part
    left join county_items as part_items
        on
            counties.county_code = part_items.county_code
            and counties.school_year = part_items.school_year
            and blanks.item_code = part_items.item_code
            and part_items.reference_period is not distinct from requirements.reference_period
    left join county_items as wholes
        on
            counties.county_code = wholes.county_code
            and counties.school_year = wholes.school_year
            and blanks.whole_item_code = wholes.item_code
            and wholes.reference_period is not distinct from requirements.reference_period
    left join subjects
        on
            counties.county_code = subjects.county_code
            and counties.school_year = subjects.school_year
            and blanks.part = subjects.part
            and blanks.figure = subjects.figure
),

rounded as (
    select
        *,
        {{ rounded_to('amount', 'decimals') }} as value_rounded
    from filled
),

final as (
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        ruleset_id,
        form,
        item_number,
        blank,
        blank_order,
        requirement_code,
        value_rounded,
        coalesce(text_zh, {{ printed_with('value_rounded', 'decimals') }}) as value_text
    from rounded
)

select * from final
