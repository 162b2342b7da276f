with

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

shares as (
    {{ rows_with_base('rule_requirement_shares', ['requirement_code', 'part'], ['reason_zh']) }}
),

figures as (
    select * from {{ ref('int_requirement__figure') }}
),

school_folds as (
    select * from {{ ref('int_requirement__school_fold') }}
),

declarations as (
    select * from {{ ref('int_requirement__declaration') }}
),

monitoring as (
    select * from {{ ref('int_monitoring__requirement') }}
),

-- the first source that has the figure whole
whole_figures as (
    select
        *,
        row_number() over (
            partition by county_code, school_year, ruleset_id, requirement_code, part
            order by precedence
        ) as place
    from figures
    where numerator is not null
),

chosen as (
    select *
    from whole_figures
    where place = 1
),

county_figures as (
    select *
    from figures
    where source = 'items'
),

joined as (
    select
        county_rulesets.county_code,
        county_rulesets.school_year,
        requirements.*,
        chosen.source,
        {{ to_units('chosen.numerator', 8) }} as numerator,
        {{ to_units('chosen.denominator', 8) }} as denominator,
        chosen.numerator as numerator_amount,
        chosen.denominator as denominator_amount,
        chosen.evidence as figure_evidence,
        {{ to_units('requirements.threshold', 4) }} as threshold_units,
        coalesce(comparison.value, 'unrounded') as comparison,  -- exact unless a rule set says otherwise
        zero_base.value as verdict_of_zero_base,
        -- a part above its whole cannot be: one of the figures is wrong, and nobody knows which
        coalesce(shares.requirement_code is not null and chosen.numerator > chosen.denominator, false) as is_impossible,
        shares.reason_zh as share_zh,
        county_figures.numerator as declared_numerator,
        county_figures.denominator as declared_denominator,
        county_figures.missing_zh as county_missing_zh,
        school_folds.schools,
        school_folds.schools_unmet,
        school_folds.schools_undecided,
        school_folds.schools_eased,
        school_folds.schools_known,
        school_folds.unmet_names,
        school_folds.undecided_names,
        school_folds.waiting_zh as schools_waiting_zh,
        school_folds.relaxation_code,
        school_folds.value as school_value,
        -- without any school in scope nothing is known
        case when requirements.level = 'school' then coalesce(school_folds.verdict, 'undecided') end as school_verdict,
        case when requirements.level = 'school' then coalesce(school_folds.verdict_strict, 'undecided') end
            as school_verdict_strict,
        monitoring.requirement_code is not null as is_monitored,
        monitoring.value as monitored_value,
        monitoring.verdict as monitored_verdict,
        monitoring.waiting_for_zh as monitoring_waiting_zh,
        coalesce(monitoring.is_overall, false) as is_overall,
        monitoring.reference_period as monitoring_period,
        declarations.declared_verdict,
        case
            when requirements.basis = 'declared' then declarations.reference_period
            else chosen.reference_period
        end as reference_period,
        coalesce(declarations.evidence_count, 0) as declared_evidence_count  -- nothing stated: no evidence
    from county_rulesets
    inner join requirements using (ruleset_id)
    left join shares using (ruleset_id, requirement_code, part)
    left join chosen using (county_code, school_year, ruleset_id, requirement_code, part)
    left join county_figures using (county_code, school_year, ruleset_id, requirement_code, part)
    left join school_folds using (county_code, school_year, ruleset_id, requirement_code, part)
    left join monitoring using (county_code, school_year, ruleset_id, requirement_code, part)
    left join declarations using (county_code, school_year, ruleset_id, requirement_code, part)
    left join settings as comparison
        on county_rulesets.ruleset_id = comparison.ruleset_id and comparison.setting = 'comparison'
    left join settings as zero_base
        on county_rulesets.ruleset_id = zero_base.ruleset_id and requirements.zero_base_setting = zero_base.setting
    where county_rulesets.is_selected
),

ratios as (
    select
        *,
        {{ ratio_columns() }}
    from joined
),

compared as (
    select
        *,
        {{ rounded_ratio_holds() }} as rounded_ratio_holds
    from ratios
),

measured as (
    select
        *,
        case when not is_impossible then {{ from_units('ratio_units', 38, 12) }} end as ratio_value,
        case
            when not is_impossible then {{ from_units('ratio_rounded_units * ' ~ power_of_ten('2 - decimals'), 24, 2) }}
        end as ratio_value_rounded,
        case
            when is_impossible then 'undecided'
            when denominator = 0 and verdict_of_zero_base = 'met' then 'met'
            when comparison = 'rounded' then {{ verdict_if('rounded_ratio_holds') }}
            else {{ verdict_if('ratio_holds') }}
        end as ratio_verdict,
        ratio_holds <> rounded_ratio_holds as ratio_turns_when_rounded,
        {{ half_up_with_snap(to_units('school_value', 12), 'decimals') }} as school_value_rounded,
        declared_evidence_count
        + case when source = 'survey' then {{ entry_count('figure_evidence') }} else 0 end as evidence_count,
        -- schools decide; a figure of the whole county stands in where none of them has one
        level = 'school' and (numerator is null or coalesce(schools_known, 0) > 0) as is_by_schools
    from compared
),

judged as (
    select
        *,
        case
            when basis = 'declared'
                then case
                    when declared_verdict = 'unmet' then 'unmet'
                    when declared_verdict = 'met' and evidence_count > 0 then 'met'
                    else 'undecided'
                end
            when is_by_schools then school_verdict
            when is_monitored then monitored_verdict
            else ratio_verdict
        end as found_verdict
    from measured
),

final as (
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        block,
        name_zh,
        unit,
        scale,
        operator,
        case when is_criterion then threshold end as threshold,
        decimals,
        basis,
        level,
        is_criterion,
        display_order,
        case
            when basis = 'declared' then 'declaration'
            when is_by_schools then 'schools'
            when is_monitored then 'monitoring'
            else source
        end as source,
        numerator_amount as numerator,
        denominator_amount as denominator,
        cast(
            case
                when is_by_schools then school_value
                when is_monitored then monitored_value
                else ratio_value
            end as decimal(38, 12)
        ) as value,
        cast(
            case
                when is_by_schools then school_value_rounded
                when is_monitored then {{ half_up_with_snap(to_units('monitored_value', 12), 'decimals') }}
                else ratio_value_rounded
            end as decimal(24, 2)
        ) as value_rounded,
        case when is_criterion then found_verdict end as verdict,
        case
            when is_criterion then case when is_by_schools then school_verdict_strict else found_verdict end
        end as verdict_strict,
        case
            when not is_criterion or found_verdict = 'undecided' or basis = 'declared' then null
            when is_by_schools and county_figure = 'least'
                then
                    ({{ holds('operator', 'school_value', 'threshold') }})
                    <> ({{ holds('operator', 'school_value_rounded', 'threshold') }})
            when is_by_schools then false  -- whole schools and classes
            when is_monitored or denominator = 0 then false
            else ratio_turns_when_rounded
        end as verdict_changes_when_rounded,
        is_by_schools,
        schools,
        schools_unmet,
        schools_undecided,
        schools_eased,
        unmet_names,
        undecided_names,
        schools_waiting_zh,
        relaxation_code,
        declared_verdict,
        evidence_count,
        case when not is_by_schools and not is_monitored then reference_period end as reference_period,
        declared_numerator,
        declared_denominator,
        denominator_amount <= 0 as has_no_base,
        is_impossible and basis = 'computed' and not is_by_schools and not is_monitored as is_impossible,
        share_zh,
        county_missing_zh,
        monitoring_waiting_zh,
        is_overall,
        monitoring_period
    from judged
)

select * from final
