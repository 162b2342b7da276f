{%- set part = ["county_code", "school_year", "ruleset_id", "requirement_code", "part"] %}
{%- set of_the_rule = [
    "block", "name_zh", "unit", "scale", "operator", "decimals", "basis", "level", "is_criterion", "display_order", "share_zh",
] %}
{%- set of_schools = [
    "schools", "schools_unmet", "schools_undecided", "schools_eased", "unmet_names", "undecided_names", "relaxation_code",
] %}
{%- set carried = [
    "is_by_schools", "schools_waiting_zh", "declared_verdict", "evidence_count", "declared_numerator", "declared_denominator",
    "county_missing_zh", "monitoring_waiting_zh", "is_overall",
] %}
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
    select * from {{ ref('int_requirement__whole_figure') }}
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

joined as (
    select
        county_rulesets.county_code,
        county_rulesets.school_year,
        requirements.*,
        figures.source,
        {{ to_units('figures.numerator', 8) }} as numerator,
        {{ to_units('figures.denominator', 8) }} as denominator,
        figures.numerator as numerator_amount,
        figures.denominator as denominator_amount,
        figures.evidence as figure_evidence,
        {{ to_units('requirements.threshold', 4) }} as threshold_units,
        coalesce(comparison.value, 'unrounded') as comparison,  -- exact unless a rule set says otherwise
        zero_base.value as verdict_of_zero_base,
        -- a part above its whole cannot be: one of the figures is wrong, and nobody knows which
        coalesce(shares.requirement_code is not null and figures.numerator > figures.denominator, false) as is_impossible,
        shares.reason_zh as share_zh,
        figures.county_numerator as declared_numerator,
        figures.county_denominator as declared_denominator,
        figures.county_missing_zh,
        {%- for column in of_schools + ["schools_known"] %}
        school_folds.{{ column }},
        {%- endfor %}
        school_folds.waiting_zh as schools_waiting_zh,
        school_folds.value as school_value,
        -- without any school in scope nothing is known
        {%- for verdict in ["verdict", "verdict_strict"] %}
        case when requirements.level = 'school' then coalesce(school_folds.{{ verdict }}, 'undecided') end
            as school_{{ verdict }},
        {%- endfor %}
        monitoring.requirement_code is not null as is_monitored,
        monitoring.value as monitored_value,
        monitoring.verdict as monitored_verdict,
        monitoring.waiting_for_zh as monitoring_waiting_zh,
        coalesce(monitoring.is_overall, false) as is_overall,
        monitoring.reference_period as monitoring_period,
        declarations.declared_verdict,
        case
            when requirements.basis = 'declared' then declarations.reference_period
            else figures.reference_period
        end as reference_period,
        coalesce(declarations.evidence_count, 0) as declared_evidence_count  -- nothing stated: no evidence
    from county_rulesets
    inner join requirements using (ruleset_id)
    left join shares using (ruleset_id, requirement_code, part)
    left join figures using ({{ part | join(", ") }})
    left join school_folds using ({{ part | join(", ") }})
    left join monitoring using ({{ part | join(", ") }})
    left join declarations using ({{ part | join(", ") }})
    left join settings as comparison
        on county_rulesets.ruleset_id = comparison.ruleset_id and comparison.setting = 'comparison'
    left join settings as zero_base
        on county_rulesets.ruleset_id = zero_base.ruleset_id and requirements.zero_base_setting = zero_base.setting
    where county_rulesets.is_selected
),

ratios as (
    select
        *,
        {{ ratio_columns('numerator', 'denominator', 'scale', 'operator', 'decimals', 'threshold_units') }}
    from joined
),

compared as (
    select
        *,
        {{ rounded_ratio_holds('ratio_rounded_units', 'operator', 'decimals', 'threshold_units') }} as rounded_ratio_holds
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
        {%- for column in part + of_the_rule + of_schools + carried %}
        {{ column }},
        {%- endfor %}
        case when is_criterion then threshold end as threshold,
        case
            when basis = 'declared' then 'declaration'
            when is_by_schools then 'schools'
            when is_monitored then 'monitoring'
            else source
        end as source,
        numerator_amount as numerator,
        denominator_amount as denominator,
        cast(
            case when is_by_schools then school_value when is_monitored then monitored_value else ratio_value end
            as decimal(38, 12)
        ) as value,
        cast(
            case
                when is_by_schools then school_value_rounded
                when is_monitored then {{ half_up_with_snap(to_units('monitored_value', 12), 'decimals') }}
                else ratio_value_rounded
            end as decimal(24, 2)
        ) as value_rounded,
        case when is_criterion then found_verdict end as verdict,
        case when is_criterion then case when is_by_schools then school_verdict_strict else found_verdict end end
            as verdict_strict,
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
        case when not is_by_schools and not is_monitored then reference_period end as reference_period,
        denominator_amount <= 0 as has_no_base,
        is_impossible and basis = 'computed' and not is_by_schools and not is_monitored as is_impossible,
        monitoring_period
    from judged
)

select * from final
