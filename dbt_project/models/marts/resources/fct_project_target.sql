with

project_rows as (
    select * from {{ ref('int_projects__row_in_force') }}
),

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

indicators as (
    select * from {{ ref('dim_indicator') }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

units as (
    select * from {{ ref('amount_units') }}
),

-- a split amount is short in the school, whatever the stage; persons are short in a stage
shortfalls as (
    select
        school_indicators.county_code,
        school_indicators.school_year,
        school_indicators.school_code,
        school_indicators.indicator_code,
        indicators.unit,
        case when indicators.is_split then 'all' else school_indicators.stage end as need_stage,
        -- unknown as soon as one stage is
        case
            when count(*) = count(school_indicators.school_shortfall) then max(school_indicators.school_shortfall)
        end as shortfall
    from school_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join rule_sets using (ruleset_id)
    where rule_sets.defines_school_scope
    group by
        school_indicators.county_code,
        school_indicators.school_year,
        school_indicators.school_code,
        school_indicators.indicator_code,
        indicators.unit,
        case when indicators.is_split then 'all' else school_indicators.stage end
),

-- how many needs of an indicator a school has: one, or one for each stage
need_counts as (
    select
        county_code,
        school_year,
        school_code,
        indicator_code,
        count(*) as needs
    from shortfalls
    group by county_code, school_year, school_code, indicator_code
),

-- a row without a stage serves the only need there is; of two it does not say which
served as (
    select
        project_rows.county_code,
        project_rows.school_year,
        project_rows.project_no,
        project_rows.school_code,
        project_rows.stage,
        project_rows.requirement_code,
        shortfalls.need_stage,
        shortfalls.unit,
        shortfalls.shortfall
    from project_rows
    inner join need_counts
        on
            project_rows.county_code = need_counts.county_code
            and project_rows.school_year = need_counts.school_year
            and project_rows.assessed_school_code = need_counts.school_code
            and project_rows.requirement_code = need_counts.indicator_code
    inner join shortfalls
        on
            need_counts.county_code = shortfalls.county_code
            and need_counts.school_year = shortfalls.school_year
            and need_counts.school_code = shortfalls.school_code
            and need_counts.indicator_code = shortfalls.indicator_code
    where
        shortfalls.need_stage in ('all', project_rows.stage)
        or (project_rows.stage is null and need_counts.needs = 1)
),

targets as (
    select
        project_rows.*,
        served.need_stage,
        served.unit,
        served.shortfall,
        -- what was finished before the school year began is in its census
        coalesce(project_rows.completed_on < {{ first_day_of_school_year('project_rows.school_year') }}, false) as is_in_census,
        case when units.unit = served.unit then project_rows.closes * units.factor end as closing_amount
    from project_rows
    left join served
        on
            project_rows.county_code is not distinct from served.county_code
            and project_rows.school_year is not distinct from served.school_year
            and project_rows.project_no is not distinct from served.project_no
            and project_rows.school_code is not distinct from served.school_code
            and project_rows.stage is not distinct from served.stage
            and project_rows.requirement_code is not distinct from served.requirement_code
    left join units on project_rows.closes_unit = units.unit_text
),

-- all that is still to come for the same need; unknown as soon as one amount is
planned as (
    select
        county_code,
        school_year,
        assessed_school_code,
        requirement_code,
        need_stage,
        {{ sum_if_all_known('closing_amount', 'decimal(38, 12)') }} as planned_closing
    from targets
    where need_stage is not null and not is_in_census
    group by county_code, school_year, assessed_school_code, requirement_code, need_stage
),

final as (
    select
        targets.county_code,
        targets.school_year,
        targets.project_no,
        targets.school_code,
        targets.stage,
        targets.requirement_code,
        targets.project_name,
        targets.school_name,
        targets.assessed_school_code,
        targets.closes,
        targets.closes_unit,
        targets.unit as shortfall_unit,
        cast(targets.closing_amount as decimal(38, 12)) as closing_amount,
        targets.is_in_census,
        targets.shortfall,
        case
            when targets.is_in_census then targets.shortfall
            when targets.closing_amount >= targets.shortfall then 0
            else {{ decimal_difference('targets.shortfall', 'targets.closing_amount', 38, 12) }}
        end as remaining_after,
        planned.planned_closing,
        -- every amount that is still to come, or none: then the shortfall as it stands
        case
            when planned.need_stage is null then targets.shortfall
            when planned.planned_closing >= targets.shortfall then 0
            else {{ decimal_difference('targets.shortfall', 'planned.planned_closing', 38, 12) }}
        end as remaining_after_all,
        targets.note
    from targets
    left join planned using (county_code, school_year, assessed_school_code, requirement_code, need_stage)
)

select * from final
