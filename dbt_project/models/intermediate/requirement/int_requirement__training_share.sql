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

shares as (
    {{ rows_with_base('rule_requirement_shares', ['requirement_code', 'part'], ['reason_zh']) }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

-- what the county says of a school: both budgets of one period, the latest that has them
declared_periods as (
    select
        county_code,
        school_year,
        school_code,
        max(case when item_code = 'Q4.training_budget' then value end) as declared_training,
        max(case when item_code = 'Q4.public_funds_budget' then value end) as declared_funds,
        row_number() over (partition by county_code, school_year, school_code order by reference_period desc nulls last) as place
    from school_items
    where item_code in ('Q4.training_budget', 'Q4.public_funds_budget') and value is not null
    group by county_code, school_year, school_code, reference_period
    having count(*) = 2
),

-- the census first
budgets as (
    select
        scope.county_code,
        scope.school_year,
        scope.school_code,
        scope.ruleset_id,
        schools.training_budget_yuan is not null and schools.public_funds_budget_yuan is not null as is_reported,
        schools.training_budget_yuan as reported_training,
        schools.public_funds_budget_yuan as reported_funds,
        declared_periods.declared_training,
        declared_periods.declared_funds
    from scope
    inner join schools using (county_code, school_year, school_code)
    left join declared_periods
        on
            scope.county_code = declared_periods.county_code
            and scope.school_year = declared_periods.school_year
            and scope.school_code = declared_periods.school_code
            and declared_periods.place = 1
),

figures as (
    select
        budgets.county_code,
        budgets.school_year,
        budgets.school_code,
        budgets.ruleset_id,
        requirements.threshold,
        {{ to_units('cast(case when is_reported then reported_training else declared_training end as decimal(28, 8))', 8) }}
            as numerator,
        {{ to_units('cast(case when is_reported then reported_funds else declared_funds end as decimal(28, 8))', 8) }}
            as denominator,
        requirements.scale,
        requirements.operator,
        requirements.decimals,
        coalesce(settings.value, 'unrounded') as comparison,  -- exact unless a rule set says otherwise
        {{ to_units('requirements.threshold', 4) }} as threshold_units,
        shares.reason_zh as share_zh
    from budgets
    inner join requirements using (ruleset_id)
    left join shares using (ruleset_id, requirement_code, part)
    left join settings on budgets.ruleset_id = settings.ruleset_id and settings.setting = 'comparison'
    where requirements.requirement_code = 'Q4'
),

ratios as (
    select
        *,
        {{ ratio_columns('numerator', 'denominator', 'scale', 'operator', 'decimals', 'threshold_units') }}
    from figures
),

compared as (
    select
        *,
        case
            when comparison = 'rounded'
                then {{ rounded_ratio_holds('ratio_rounded_units', 'operator', 'decimals', 'threshold_units') }}
            else ratio_holds
        end as is_met
    from ratios
),

judged as (
    select
        *,
        coalesce(share_zh is not null and numerator > denominator, false) as is_impossible
    from compared
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        'Q4' as requirement_code,
        'all' as part,
        case when not is_impossible then {{ from_units('ratio_units', 38, 12) }} end as value,
        cast(threshold as decimal(38, 12)) as threshold,
        cast(null as decimal(38, 12)) as relaxed_value,
        cast(null as decimal(38, 12)) as relaxed_threshold,
        case when is_impossible then 'undecided' else {{ verdict_if('is_met') }} end as verdict,
        case when is_impossible then 'undecided' else {{ verdict_if('is_met') }} end as verdict_strict,
        cast(null as {{ text_type() }}) as relaxation_code,
        case
            when is_impossible then {{ sentence('waits_for_corrected_training') }}
            when is_met is not null then null
            when denominator = 0 then {{ sentence('waits_for_budget') }}
            else {{ sentence('waits_for_training') }}
        end as waiting_for_zh
    from judged
)

select * from final
