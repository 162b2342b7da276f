with

schools as (
    select * from {{ ref('int_balance__school') }}
),

stage_scope as (
    select * from {{ ref('int_balance__stage_scope') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

terms as (
    select * from {{ ref('int_rules__term') }}
),

split_weights as (
    select * from {{ ref('int_rules__split_weight') }}
),

relaxed_amounts as (
    select * from {{ ref('int_balance__relaxed_amount') }}
),

-- numerator = sum of factor x item: one column per item, so that a school's row meets an indicator once
factors as (
    {{ factors_of_terms('terms') }}
),

weights as (
    {{ weights_by_stage('split_weights') }}
),

amounts as (
    select
        stage_scope.county_code,
        stage_scope.school_year,
        stage_scope.school_code,
        stage_scope.stage,
        indicators.indicator_code,
        indicators.ruleset_id,
        stage_scope.pupils,
        -- of the whole school where the indicator is split, of the stage otherwise
        -- where it is open whether the school is in scope, all of it is
        case when not stage_scope.is_undetermined then cast(
            {{ indicator_amount('factors', 'schools') }}
            as decimal(34, 4)
        ) end as amount,
        -- the stage's share is stage_weight x pupils / weighted_pupils
        cast(case when indicators.is_split then own_weights.weight else 1 end as decimal(7, 3)) as stage_weight,
        -- of the split; a stage without a weight takes no part in it, whatever its pupils
        cast(
            case
                when not indicators.is_split then stage_scope.pupils
                else (
                    {{ weighted_pupils('weights', 'schools') }}
                )
            end as decimal(20, 3)
        ) as weighted_pupils
    from stage_scope
    inner join schools using (county_code, school_year, school_code)
    inner join indicators using (ruleset_id, block, stage)
    inner join factors using (ruleset_id, indicator_code, stage)
    left join weights using (ruleset_id)
    left join split_weights as own_weights using (ruleset_id, stage)
    where stage_scope.is_selected and stage_scope.out_of_scope_reason is null
),

final as (
    select
        amounts.county_code,
        amounts.school_year,
        amounts.school_code,
        amounts.stage,
        amounts.indicator_code,
        amounts.ruleset_id,
        amounts.pupils,
        amounts.amount,
        relaxed_amounts.relaxation_code,
        cast(amounts.amount + relaxed_amounts.added_amount as decimal(34, 4)) as relaxed_amount,
        amounts.stage_weight,
        amounts.weighted_pupils
    from amounts
    left join relaxed_amounts using (county_code, school_year, school_code, ruleset_id, indicator_code, stage)
)

select * from final
