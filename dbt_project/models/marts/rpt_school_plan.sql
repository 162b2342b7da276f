with

ledger as (
    select * from {{ ref('rpt_issue_ledger') }}
),

issues as (
    select * from {{ ref('fct_issue') }}
),

shortfalls as (
    select * from {{ ref('fct_school_shortfall') }}
),

schools as (
    select * from {{ ref('dim_school') }}
),

stages as (
    select * from {{ ref('stages') }}
),

latest_schools as (
    select
        *,
        row_number() over (partition by county_code, school_code order by school_year desc) as age
    from schools
),

-- of the last year of the school; a rule set and its overlay judge the same amount: the larger shortfall
latest_shortfalls as (
    select
        shortfalls.*,
        row_number() over (
            partition by shortfalls.county_code, shortfalls.school_code, shortfalls.stage, shortfalls.indicator_code
            order by shortfalls.school_shortfall desc, shortfalls.ruleset_id asc
        ) as place
    from shortfalls
    inner join latest_schools using (county_code, school_year, school_code)
    where latest_schools.age = 1 and shortfalls.school_shortfall is not null
),

final as (
    select
        issues.county_code,
        issues.school_code,
        issues.issue_id,
        latest_schools.school_name,
        latest_schools.township,
        latest_schools.display_order,
        ledger.category_zh,
        issues.requirement_code,
        stages.label_zh as stage_zh,
        ledger.title,
        ledger.description,
        latest_shortfalls.school_shortfall,
        latest_shortfalls.school_floor_shortfall,
        latest_shortfalls.unit as shortfall_unit,
        ledger.measure,
        ledger.target,
        ledger.money_yuan,
        ledger.lead_unit_zh,
        ledger.cooperating_units_zh,
        ledger.deadline,
        ledger.state_zh,
        ledger.progress_zh,
        issues.is_open,
        issues.is_overdue
    from issues
    inner join ledger using (issue_id)
    left join latest_schools
        on
            issues.county_code = latest_schools.county_code
            and issues.school_code = latest_schools.school_code
            and latest_schools.age = 1
    left join latest_shortfalls
        on
            issues.origin = 'figure'
            and issues.county_code = latest_shortfalls.county_code
            and issues.school_code = latest_shortfalls.school_code
            and issues.stage = latest_shortfalls.stage
            and issues.requirement_code = latest_shortfalls.indicator_code
            and latest_shortfalls.place = 1
    left join stages on issues.stage = stages.stage
    where issues.school_code is not null
)

select * from final
