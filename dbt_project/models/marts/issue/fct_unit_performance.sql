with

issues as (
    select * from {{ ref('fct_issue') }}
),

units as (
    select * from {{ ref('int_issue__unit') }}
),

final as (
    select
        issues.county_code,
        units.unit_zh,
        cast(count(*) as integer) as owned_count,
        cast(sum(case when issues.is_open then 1 else 0 end) as integer) as open_count,
        cast(sum(case when issues.state = 'closed' then 1 else 0 end) as integer) as closed_count,
        cast(sum(case when issues.closed_at <= issues.due_on then 1 else 0 end) as integer) as closed_in_time_count,
        cast(sum(case when issues.closed_at > issues.due_on then 1 else 0 end) as integer) as closed_late_count,
        cast(sum(case when issues.state = 'continuing' then 1 else 0 end) as integer) as continuing_count,
        cast(sum(case when issues.state = 'waived' then 1 else 0 end) as integer) as waived_count,
        cast(sum(case when issues.is_overdue then 1 else 0 end) as integer) as overdue_count,
        cast(max(issues.days_overdue) as integer) as longest_overdue_days,
        cast(sum(case when issues.reopened_count > 0 then 1 else 0 end) as integer) as reopened_count,
        cast(sum(case when issues.deadline > issues.original_deadline then 1 else 0 end) as integer) as extended_count
    from issues
    inner join units using (issue_id)
    where units.unit_role = 'lead' and issues.state <> 'merged'
    group by issues.county_code, units.unit_zh
)

select * from final
