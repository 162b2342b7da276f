with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

school_items as (
    select * from {{ ref('int_requirement__school_item') }}
),

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

-- the census first; the county's rows of a school only where both of them are there
budgets as (
    select
        scope.county_code,
        scope.school_year,
        scope.school_code,
        scope.ruleset_id,
        schools.training_budget_yuan is not null and schools.public_funds_budget_yuan is not null as is_reported,
        schools.training_budget_yuan as reported_training,
        schools.public_funds_budget_yuan as reported_funds,
        max(case when school_items.item_code = 'Q4.training_budget' then school_items.value end) as declared_training,
        max(case when school_items.item_code = 'Q4.public_funds_budget' then school_items.value end) as declared_funds
    from scope
    inner join schools using (county_code, school_year, school_code)
    left join school_items using (county_code, school_year, school_code)
    group by
        scope.county_code,
        scope.school_year,
        scope.school_code,
        scope.ruleset_id,
        schools.training_budget_yuan,
        schools.public_funds_budget_yuan
),

figures as (
    select
        budgets.county_code,
        budgets.school_year,
        budgets.school_code,
        budgets.ruleset_id,
        requirements.threshold,
        {{ to_units('cast(case when is_reported then reported_training else declared_training end as decimal(28, 8))', 8) }} as numerator,
        {{ to_units('cast(case when is_reported then reported_funds else declared_funds end as decimal(28, 8))', 8) }} as denominator,
        requirements.scale,
        requirements.operator,
        requirements.decimals,
        coalesce(settings.value, 'unrounded') as comparison,  -- exact unless a rule set says otherwise
        {{ to_units('requirements.threshold', 4) }} as threshold_units
    from budgets
    inner join requirements using (ruleset_id)
    left join settings on budgets.ruleset_id = settings.ruleset_id and settings.setting = 'comparison'
    where requirements.requirement_code = 'Q4'
),

judged as (
    select
        *,
        {{ ratio_verdict() }} as verdict
    from figures
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        'Q4' as requirement_code,
        'all' as part,
        {{ ratio_value() }} as "value",
        cast(threshold as decimal(38, 12)) as threshold,
        cast(null as decimal(38, 12)) as relaxed_value,
        cast(null as decimal(38, 12)) as relaxed_threshold,
        verdict,
        verdict as verdict_strict,
        cast(null as varchar) as relaxation_code,
        case
            when verdict <> 'undecided' then null
            when denominator = 0 then '公用经费预算（填报为0）'
            else '公用经费预算和教师培训经费'
        end as waiting_for_zh
    from judged
)

select * from final
