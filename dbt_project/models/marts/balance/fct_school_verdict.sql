with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

rule_sets as (
    select * from {{ ref('int_rules__ruleset') }}
),

counts as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        ruleset_id,
        count(verdict) as n_judged,
        count(case when verdict = 'met' then 1 end) as n_met,
        count(case when verdict = 'floor_met' then 1 end) as n_floor_met,
        count(case when verdict = 'unmet' then 1 end) as n_unmet,
        count(case when verdict = 'undecided' then 1 end) as n_undecided,
        count(case when verdict_strict = 'floor_met' then 1 end) as n_floor_met_strict,
        count(case when verdict_strict = 'unmet' then 1 end) as n_unmet_strict,
        count(case when verdict_strict = 'undecided' then 1 end) as n_undecided_strict
    from school_indicators
    group by county_code, school_year, school_code, stage, ruleset_id
),

judged as (
    select
        counts.*,
        {{ school_fold('counts.n_judged', 'rule_sets.min_met', 'counts.n_floor_met', 'counts.n_unmet', 'counts.n_undecided') }}
            as verdict,
        {{ school_fold(
            'counts.n_judged', 'rule_sets.min_met', 'counts.n_floor_met_strict', 'counts.n_unmet_strict', 'counts.n_undecided_strict'
        ) }} as verdict_strict
    from counts
    inner join rule_sets using (ruleset_id)
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        ruleset_id,
        cast(n_met as integer) as n_met,
        cast(n_floor_met as integer) as n_floor_met,
        cast(n_unmet as integer) as n_unmet,
        cast(n_undecided as integer) as n_undecided,
        verdict,
        verdict_strict
    from judged
)

select * from final
