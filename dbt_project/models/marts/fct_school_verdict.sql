with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
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
        count(case when verdict = 'undecided' then 1 end) as n_undecided
    from school_indicators
    group by county_code, school_year, school_code, stage, ruleset_id
),

judged as (
    select
        counts.*,
        case
            when counts.n_judged = 0 or rule_sets.min_met is null then null
            -- whatever the unknown ones turn out to be: one below its floor, or more below the standard than may be
            when counts.n_unmet > 0 or counts.n_floor_met > counts.n_judged - rule_sets.min_met then 'unmet'
            -- an unknown one may still be below its floor
            when counts.n_undecided > 0 then 'undecided'
            else 'met'
        end as verdict
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
        verdict as verdict_strict
    from judged
)

select * from final
