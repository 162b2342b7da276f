with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

withheld_schools as (
    select * from {{ ref('int_requirement__withheld_school') }}
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

county_candidates as (
    select * from county_items
    union all
    select * from stage_sums
),

item_candidates as (
    select
        county_candidates.county_code,
        county_candidates.school_year,
        county_rulesets.ruleset_id,
        county_candidates.item_code,
        county_candidates.stage,
        county_candidates.preference,
        county_candidates.amount,
        county_candidates.reference_period,
        county_candidates.evidence
    from county_candidates
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

final as (
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
)

select * from final
