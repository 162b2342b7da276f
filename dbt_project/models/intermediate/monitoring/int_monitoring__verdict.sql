with

results as (
    select * from {{ ref('int_monitoring__result') }}
),

criteria as (
    select * from {{ ref('int_rules__monitoring') }}
),

-- the figure as published, never a figure made from others
figures as (
    select
        results.*,
        criteria.ruleset_id,
        criteria.requirement_code,
        criteria.operator,
        criteria.threshold,
        case criteria.judged_figure
            when 'level' then results.level
            when 'value' then results.value
            when 'star' then results.star
        end as figure
    from results
    inner join criteria using (measure)
    where criteria.is_criterion
),

final as (
    select
        county_code,
        scope,
        monitoring_year,
        grade,
        subject,
        measure,
        ruleset_id,
        requirement_code,
        subject_code,
        precedence,
        is_evidence,
        threshold,
        case
            when figure is null then 'undecided'
            when {{ holds('operator', 'figure', 'threshold') }} then 'met'
            else 'unmet'
        end as verdict
    from figures
)

select * from final
