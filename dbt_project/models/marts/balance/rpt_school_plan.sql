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

indicators as (
    select * from {{ ref('dim_indicator') }}
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
ranked_shortfalls as (
    select
        shortfalls.*,
        indicators.is_split,
        row_number() over (
            partition by shortfalls.county_code, shortfalls.school_code, shortfalls.stage, shortfalls.indicator_code
            order by shortfalls.school_shortfall desc, shortfalls.ruleset_id asc
        ) as place
    from shortfalls
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join latest_schools using (county_code, school_year, school_code)
    where latest_schools.age = 1
),

latest_shortfalls as (
    select
        *,
        row_number() over (
            partition by county_code, school_code, stage
            order by {{ as_double('value') }} / {{ as_double('standard') }} desc, indicator_code
        ) as nearness
    from ranked_shortfalls
    where place = 1
),

-- an issue of a figure is about its indicator, that of a school as a whole about the indicator that is nearest to its standard.
-- What a school has to add for all its stages stands in one line.
missed as (
    select
        issues.issue_id,
        latest_shortfalls.*,
        row_number() over (
            partition by
                issues.county_code, issues.school_code, latest_shortfalls.indicator_code,
                case when latest_shortfalls.is_split then 'all' else latest_shortfalls.stage end
            order by
                case when issues.is_open then 0 else 1 end,
                case when issues.requirement_code is null then 1 else 0 end,
                case when latest_shortfalls.carries_school_shortfall then 0 else 1 end,
                latest_shortfalls.stage
        ) as turn
    from issues
    inner join latest_shortfalls
        on
            issues.county_code = latest_shortfalls.county_code
            and issues.school_code = latest_shortfalls.school_code
            and issues.stage = latest_shortfalls.stage
            and (
                issues.requirement_code = latest_shortfalls.indicator_code
                or (issues.requirement_code is null and latest_shortfalls.nearness = 1)
            )
    where issues.origin = 'figure'
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
        case when missed.turn = 1 then missed.school_shortfall end as school_shortfall,
        case when missed.turn = 1 then missed.school_floor_shortfall end as school_floor_shortfall,
        missed.unit as shortfall_unit,
        ledger.measure,
        ledger.target,
        ledger.money_yuan,
        ledger.lead_unit_zh,
        ledger.cooperating_units_zh,
        ledger.deadline,
        ledger.state_zh,
        ledger.progress_zh,
        issues.is_open,
        issues.is_overdue,
        missed.indicator_code as shortfall_indicator_code,
        missed.shortfall as stage_shortfall,
        missed.lacks_zh
    from issues
    inner join ledger using (issue_id)
    left join latest_schools
        on
            issues.county_code = latest_schools.county_code
            and issues.school_code = latest_schools.school_code
            and latest_schools.age = 1
    left join missed on issues.issue_id = missed.issue_id
    left join stages on issues.stage = stages.stage
    where issues.school_code is not null
)

select * from final
