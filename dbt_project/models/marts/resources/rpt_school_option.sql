with

shortfalls as (
    select * from {{ ref('fct_school_shortfall') }}
),

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

school_requirements as (
    select * from {{ ref('fct_school_requirement') }}
),

indicators as (
    select * from {{ ref('dim_indicator') }}
),

schools as (
    select * from {{ ref('dim_school') }}
),

unit_costs as (
    select * from {{ ref('int_rules__unit_cost') }}
),

display_units as (
    select * from {{ ref('display_units') }}
),

issue_rules as (
    select * from {{ ref('issue_rules') }}
),

owners as (
    select * from {{ ref('requirement_owners') }}
),

codes as (
    select * from {{ ref('code_labels') }}
),

stage_counts as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        indicator_code,
        count(*) as stages
    from school_indicators
    group by county_code, school_year, school_code, ruleset_id, indicator_code
),

-- what the whole school has to add, once; how many pupils are too many is known where no other stage has a share in the
-- amount, and something is in place
missed_indicators as (
    select
        shortfalls.county_code,
        shortfalls.school_year,
        shortfalls.ruleset_id,
        shortfalls.school_code,
        shortfalls.indicator_code as requirement_code,
        case when indicators.is_split then 'all' else shortfalls.stage end as part,
        'school_indicator' as figure_kind,
        case
            when display_units.decimals = 0 then cast(ceil(shortfalls.school_shortfall) as decimal(18, 4))
            else cast(ceil(shortfalls.school_shortfall * 100) / 100 as decimal(18, 4))
        end as shortfall,
        case
            when (not indicators.is_split or stage_counts.stages = 1) and shortfalls.value > 0 then cast(
                {{ ceiling_quotient(
                    "(" ~ to_units("shortfalls.shortfall", 12) ~ ") * indicators.scale",
                    "((" ~ to_units("shortfalls.standard", 4) ~ ") * 100000000)"
                ) }} as decimal(18, 4)
            )
        end as pupils_above,
        cast(null as decimal(18, 4)) as below,
        cast(null as decimal(18, 4)) as above
    from shortfalls
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join stage_counts using (county_code, school_year, school_code, ruleset_id, indicator_code)
    left join display_units on shortfalls.unit = display_units.unit
    where shortfalls.carries_school_shortfall
),

missed_requirements as (
    select
        county_code,
        school_year,
        ruleset_id,
        school_code,
        requirement_code,
        part,
        'school_requirement' as figure_kind,
        cast(null as decimal(18, 4)) as shortfall,
        cast(null as decimal(18, 4)) as pupils_above,
        cast(threshold - value as decimal(18, 4)) as below,
        cast(value - threshold as decimal(18, 4)) as above
    from school_requirements
    where verdict_strict = 'unmet'
),

needs as (
    select * from missed_indicators
    union all
    select * from missed_requirements
),

options as (
    select
        needs.county_code,
        needs.school_year,
        needs.ruleset_id,
        needs.school_code,
        needs.requirement_code,
        needs.part,
        schools.school_name,
        schools.township,
        schools.display_order,
        unit_costs.option_code,
        unit_costs.option_order,
        unit_costs.item_zh,
        unit_costs.unit,
        unit_costs.needs_money,
        unit_costs.unit_cost_wan_yuan,
        unit_costs.source_document,
        coalesce(issue_rules.lead_unit, owners.owner_zh) as owner_zh,
        codes.label_zh as option_zh,
        case unit_costs.counts
            when 'shortfall' then needs.shortfall
            when 'pupils' then needs.pupils_above
            when 'below' then needs.below
            when 'above' then needs.above
        end as quantity
    from needs
    inner join unit_costs
        on
            needs.county_code = unit_costs.county_code
            and needs.requirement_code = unit_costs.requirement_code
            and unit_costs.part in (needs.part, 'all')
    inner join codes on unit_costs.option_code = codes.code and codes.list = 'resource_option'
    left join schools
        on
            needs.county_code = schools.county_code
            and needs.school_year = schools.school_year
            and needs.school_code = schools.school_code
    left join issue_rules on needs.figure_kind = issue_rules.figure_kind and needs.requirement_code = issue_rules.code
    left join owners on needs.requirement_code = owners.requirement_code
),

final as (
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        ruleset_id,
        school_code,
        requirement_code,
        part,
        option_code,
        school_name,
        township,
        display_order,
        item_zh,
        option_zh,
        option_order,
        quantity,
        unit,
        needs_money,
        unit_cost_wan_yuan,
        case when needs_money then cast(quantity * unit_cost_wan_yuan as decimal(38, 10)) end as cost_wan_yuan,
        source_document as cost_source_zh,
        owner_zh
    from options
)

select * from final
