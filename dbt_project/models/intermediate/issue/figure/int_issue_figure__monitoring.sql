with

results as (
    select * from {{ ref('fct_monitoring_result') }}
),

monitoring_rules as (
    select * from {{ ref('rule_monitoring') }}
),

star_rules as (
    select * from {{ ref('issue_star_rules') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

monitored as (
    select distinct  -- a measure is judged for the same requirement in every rule set
        measure,
        requirement_code
    from monitoring_rules
    where is_criterion
),

-- what a result is told by: its verdict, and its stars
judged as (
    select
        'monitoring' as figure_kind,
        results.county_code,
        results.scope,
        results.monitoring_year,
        results.grade,
        results.subject,
        results.measure,
        monitored.requirement_code as code,
        '' as part_end,
        results.verdict,
        cast(null as {{ text_type() }}) as state_zh,
        coalesce(
            {{ sentence('monitored_value', value=number_text('results.value')) }},
            {{ sentence('monitored_level', level='cast(results.level as ' ~ text_type() ~ ')') }},
            {{ sentence('undecided') }}
        ) as told_zh
    from results
    inner join monitored using (measure)
    where results.is_official and results.verdict is not null
    union all
    select
        'monitoring_star' as figure_kind,
        results.county_code,
        results.scope,
        results.monitoring_year,
        results.grade,
        results.subject,
        results.measure,
        cast(null as {{ text_type() }}) as code,
        '|star' as part_end,
        case when results.star < star_rules.least_star then 'unmet' else 'met' end as verdict,
        {{ sentence('few_stars') }} as state_zh,
        {{ sentence(
            'stars',
            stars='cast(results.star as ' ~ text_type() ~ ')', least='cast(star_rules.least_star as ' ~ text_type() ~ ')'
        ) }} as told_zh
    from results
    inner join star_rules using (subject_code)
    where results.is_official and results.star is not null
),

-- of what was measured several times, the last
aged as (
    select
        *,
        row_number() over (
            partition by figure_kind, county_code, scope, grade, subject, measure, code
            order by monitoring_year desc
        ) as age
    from judged
),

final as (
    select
        aged.figure_kind,
        'monitoring' as origin,
        aged.county_code,
        {{ first_day_of_school_year('aged.monitoring_year') }} as figure_on,
        aged.code,
        aged.scope || '|' || cast(aged.grade as {{ text_type() }}) || '|' || aged.subject || '|' || aged.measure || aged.part_end
            as part,
        aged.verdict,
        {{ sentence(
            'monitored_subject',
            scope='coalesce(scope_labels.label_zh, aged.scope)', grade='cast(aged.grade as ' ~ text_type() ~ ')',
            subject='aged.subject', measure='coalesce(measure_labels.label_zh, aged.measure)'
        ) }} as name_zh,
        aged.state_zh,
        {{ sentence(
            'monitored_in', year='cast(aged.monitoring_year as ' ~ text_type() ~ ')', result='aged.told_zh'
        ) }} as description,
        {{ empty_figure_columns(['ruleset_id', 'school_code', 'stage', 'school_year', 'lead_code']) }}
    from aged
    left join labels as scope_labels
        on aged.scope = scope_labels.code and scope_labels.list = 'monitoring_scope'
    left join labels as measure_labels
        on aged.measure = measure_labels.code and measure_labels.list = 'monitoring_measure'
    where aged.age = 1
)

select * from final
