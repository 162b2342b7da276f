with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

school_figures as (
    select * from {{ ref('int_requirement__school_figure') }}
),

withheld_schools as (
    select * from {{ ref('int_requirement__withheld_school') }}
),

units as (
    select * from {{ ref('int_requirement__unit') }}
),

roster as (
    select * from {{ ref('int_roster__school_stage') }}
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

school_items as (
    select * from {{ ref('int_requirement__school_item') }}
),

terms as (
    select * from {{ ref('int_rules__requirement_term') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

survey_rows as (
    {{ source_rows_in_force('stg_survey__group', 'survey') }}
),

survey_left_out as (
    {{ source_rows_left_out('stg_survey__group', 'survey') }}
),

census_amounts as (
    select
        county_code,
        school_year,
        ruleset_id,
        'census' as source,
        item,
        'all' as stage,
        {{ sum_if_all_known('amount', 'decimal(28, 8)') }} as amount,
        cast(null as {{ text_type() }}) as reference_period,
        cast(null as {{ text_type() }}) as evidence
    from school_figures
    group by county_code, school_year, ruleset_id, item
),

-- a roster is whole when it speaks of every stage of every unit
unit_stages as (
    {%- for stage in compulsory_stages() %}
    select
        county_code,
        school_year,
        ruleset_id,
        unit_code,
        '{{ stage }}' as stage
    from units
    where has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

roster_counts as (
    select
        unit_stages.county_code,
        unit_stages.school_year,
        unit_stages.ruleset_id,
        {%- for figure in teacher_figures() %}
        {%- set counted = "roster." ~ ("trained_360h" if figure == "trained360" else figure) %}
        {{ sum_if_all_known(counted, "decimal(28, 8)") }} as {{ figure }},
        {%- endfor %}
        count(roster.school_code) as known_stages
    from unit_stages
    left join roster
        on
            unit_stages.county_code = roster.county_code
            and unit_stages.school_year = roster.school_year
            and unit_stages.unit_code = roster.school_code
            and unit_stages.stage = roster.stage
    group by unit_stages.county_code, unit_stages.school_year, unit_stages.ruleset_id
),

roster_amounts as (
    {%- for figure in teacher_figures() %}
    select
        county_code,
        school_year,
        ruleset_id,
        'roster' as source,
        '{{ figure }}' as item,
        'all' as stage,
        {{ figure }} as amount,
        cast(null as {{ text_type() }}) as reference_period,
        cast(null as {{ text_type() }}) as evidence
    from roster_counts
    where
        known_stages > 0
        and not exists (
            select 1
            from withheld_schools
            where
                withheld_schools.county_code = roster_counts.county_code
                and withheld_schools.school_year = roster_counts.school_year
                and withheld_schools.ruleset_id = roster_counts.ruleset_id
        )
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- several surveys of a year are added; groups of respondents do not make the whole
survey_counts as (
    select
        county_code,
        school_year,
        respondent_group,
        {%- for count in ["valid", "satisfied", "visited", "visited_satisfied"] %}
        {{ sum_if_all_known(count, "decimal(28, 8)") }} as {{ count }},
        {%- endfor %}
        {{ distinct_texts('source_document', ';') }} as evidence
    from survey_rows
    where
        school_code is null
        and respondent_group in ('all', 'parents')
        -- without one of them the others are not all
        and not exists (
            select 1
            from survey_left_out
            where
                survey_left_out.county_code = survey_rows.county_code
                and survey_left_out.school_year = survey_rows.school_year
                and survey_left_out.respondent_group = survey_rows.respondent_group
                and survey_left_out.school_code is null
        )
    group by county_code, school_year, respondent_group
),

survey_amounts as (
    {%- for count in ["valid", "satisfied", "visited", "visited_satisfied"] %}
    select
        survey_counts.county_code,
        survey_counts.school_year,
        county_rulesets.ruleset_id,
        'survey' as source,
        'S1.{{ count }}' || case when survey_counts.respondent_group = 'parents' then '.parents' else '' end as item,
        'all' as stage,
        survey_counts.{{ count }} as amount,
        cast(null as {{ text_type() }}) as reference_period,
        survey_counts.evidence
    from survey_counts
    inner join county_rulesets using (county_code, school_year)
    where county_rulesets.is_selected
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- the county's own figure, or that of a stage
county_items as (
    select
        county_code,
        school_year,
        item_code,
        stage,
        1 as preference,
        value as amount,
        reference_period,
        evidence
    from items
    where unit_code is null and value is not null
),

-- one stage alone is not the county
stage_sums as (
    select
        county_code,
        school_year,
        item_code,
        'all' as stage,
        2 as preference,
        sum(value) as amount,
        reference_period,
        {{ distinct_texts('evidence', ';') }} as evidence
    from items
    where unit_code is null and stage in ('primary', 'junior')
    group by county_code, school_year, item_code, reference_period
    having count(value) = 2
),

item_counties as (
    select distinct  -- items and periods that schools report, by county
        county_code,
        school_year,
        item_code,
        reference_period
    from school_items
),

school_sums as (
    select
        scope.county_code,
        scope.school_year,
        scope.ruleset_id,
        item_counties.item_code,
        'all' as stage,
        3 as preference,
        {{ sum_if_all_known('school_items.value', 'decimal(28, 8)') }} as amount,
        item_counties.reference_period,
        {{ distinct_texts('school_items.evidence', ';') }} as evidence
    from scope
    inner join item_counties using (county_code, school_year)
    left join school_items
        on
            scope.county_code = school_items.county_code
            and scope.school_year = school_items.school_year
            and scope.school_code = school_items.school_code
            and item_counties.item_code = school_items.item_code
            and item_counties.reference_period is not distinct from school_items.reference_period
    where
        not exists (
            select 1
            from withheld_schools
            where
                withheld_schools.county_code = scope.county_code
                and withheld_schools.school_year = scope.school_year
                and withheld_schools.ruleset_id = scope.ruleset_id
        )
    group by
        scope.county_code, scope.school_year, scope.ruleset_id, item_counties.item_code, item_counties.reference_period
),

item_terms as (
    select distinct  -- an item may serve several requirements
        ruleset_id,
        item,
        stage,
        adds_up
    from terms
    where source = 'items' and role <> 'declaration'
),

item_candidates as (
    select
        county_items.county_code,
        county_items.school_year,
        county_rulesets.ruleset_id,
        county_items.item_code,
        county_items.stage,
        county_items.preference,
        county_items.amount,
        county_items.reference_period,
        county_items.evidence
    from county_items
    inner join county_rulesets using (county_code, school_year)
    where county_rulesets.is_selected
    union all
    select
        stage_sums.county_code,
        stage_sums.school_year,
        county_rulesets.ruleset_id,
        stage_sums.item_code,
        stage_sums.stage,
        stage_sums.preference,
        stage_sums.amount,
        stage_sums.reference_period,
        stage_sums.evidence
    from stage_sums
    inner join county_rulesets using (county_code, school_year)
    where county_rulesets.is_selected
    union all
    select
        county_code,
        school_year,
        ruleset_id,
        item_code,
        stage,
        preference,
        amount,
        reference_period,
        evidence
    from school_sums
    where amount is not null
),

item_preferences as (
    select
        item_candidates.*,
        row_number() over (
            partition by
                item_candidates.county_code, item_candidates.school_year, item_candidates.ruleset_id, item_candidates.item_code,
                item_candidates.stage, item_candidates.reference_period
            order by item_candidates.preference
        ) as place
    from item_candidates
    inner join item_terms
        on
            item_candidates.ruleset_id = item_terms.ruleset_id
            and item_candidates.item_code = item_terms.item
            and item_candidates.stage = item_terms.stage
            -- an average of stages or schools is none of the county
            and (item_terms.adds_up or item_candidates.preference = 1)
),

item_amounts as (
    select
        county_code,
        school_year,
        ruleset_id,
        'items' as source,
        item_code as item,
        stage,
        amount,
        reference_period,
        evidence
    from item_preferences
    where place = 1
),

final as (
    select * from census_amounts
    union all
    select * from roster_amounts
    union all
    select * from survey_amounts
    union all
    select * from item_amounts
)

select * from final
