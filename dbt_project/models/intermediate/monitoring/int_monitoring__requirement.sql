with

periods as (
    select * from {{ ref('int_monitoring__period') }}
),

subject_verdicts as (
    select * from {{ ref('int_monitoring__subject_verdict') }}
),

overall_verdicts as (
    select * from {{ ref('int_monitoring__overall_verdict') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

waiting_texts as (
    select
        subject_verdicts.county_code,
        subject_verdicts.school_year,
        subject_verdicts.ruleset_id,
        {{ joined_text(
            "grade_labels.label_zh || subject_labels.label_zh || '：' || subject_verdicts.waiting_for",
            '；',
            'subject_verdicts.grade, subject_labels.display_order',
        ) }} as waiting_for
    from subject_verdicts
    inner join labels as grade_labels
        on grade_labels.list = 'grade' and cast(subject_verdicts.grade as {{ text_type() }}) = grade_labels.code
    inner join labels as subject_labels
        on subject_labels.list = 'subject' and subject_verdicts.subject_code = subject_labels.code
    where subject_verdicts.waiting_for is not null
    group by subject_verdicts.county_code, subject_verdicts.school_year, subject_verdicts.ruleset_id
),

counts as (
    select
        county_code,
        school_year,
        ruleset_id,
        count(case when verdict = 'unmet' then 1 end) as n_unmet,
        count(case when verdict = 'undecided' then 1 end) as n_undecided,
        {{ folded_verdict('verdict') }} as verdict,
        min(monitoring_year) as earliest_year,
        max(monitoring_year) as latest_year
    from subject_verdicts
    group by county_code, school_year, ruleset_id
    having count(monitoring_year) > 0
),

-- the report on the county as a whole: the latest of the years that count
overall_years as (
    select
        periods.county_code,
        periods.school_year,
        periods.ruleset_id,
        overall_verdicts.monitoring_year,
        {{ folded_verdict('overall_verdicts.verdict') }} as verdict,
        row_number() over (
            partition by periods.county_code, periods.school_year, periods.ruleset_id
            order by overall_verdicts.monitoring_year desc
        ) as preference
    from periods
    inner join overall_verdicts
        on
            periods.county_code = overall_verdicts.county_code
            and periods.ruleset_id = overall_verdicts.ruleset_id
            and periods.requirement_code = overall_verdicts.requirement_code
            and overall_verdicts.monitoring_year between periods.first_year and periods.last_year
    group by periods.county_code, periods.school_year, periods.ruleset_id, overall_verdicts.monitoring_year
),

folded as (
    select
        periods.*,
        counts.n_unmet,
        counts.n_undecided,
        overall_years.verdict in ('met', 'unmet') as is_overall,
        coalesce(
            case when overall_years.verdict <> 'undecided' then overall_years.verdict end,
            counts.verdict,
            periods.verdict_when_missing
        ) as verdict,
        case
            when overall_years.verdict <> 'undecided' then overall_years.monitoring_year
            else counts.earliest_year
        end as earliest_year,
        case
            when overall_years.verdict <> 'undecided' then overall_years.monitoring_year
            else counts.latest_year
        end as latest_year,
        case
            when overall_years.verdict <> 'undecided' then null
            when counts.ruleset_id is null
                then {{ sentence('results_of_period', years='cast(periods.monitoring_years as ' ~ text_type() ~ ')') }}
            else waiting_texts.waiting_for
        end as waiting_for_zh
    from periods
    left join counts using (county_code, school_year, ruleset_id)
    left join waiting_texts using (county_code, school_year, ruleset_id)
    left join overall_years
        on
            periods.county_code = overall_years.county_code
            and periods.school_year = overall_years.school_year
            and periods.ruleset_id = overall_years.ruleset_id
            and overall_years.preference = 1
),

final as (
    select
        ruleset_id,
        county_code,
        school_year,
        requirement_code,
        'all' as part,
        -- as long as one of them is unknown, so is their number; a report on the whole counts none
        cast(case when n_undecided = 0 and not coalesce(is_overall, false) then n_unmet end as integer) as value,
        verdict,
        coalesce(is_overall, false) as is_overall,
        waiting_for_zh,
        case
            when earliest_year = latest_year then cast(latest_year as {{ text_type() }})
            else cast(earliest_year as {{ text_type() }}) || '—' || cast(latest_year as {{ text_type() }})
        end as reference_period
    from folded
)

select * from final
