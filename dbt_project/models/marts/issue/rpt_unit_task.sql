with

ledger as (
    select * from {{ ref('rpt_issue_ledger') }}
),

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
        issues.issue_id,
        case units.unit_role when 'lead' then {{ sentence('unit_leads') }} else {{ sentence('unit_helps') }} end as unit_role_zh,
        ledger.title,
        ledger.category_zh,
        ledger.school_name,
        ledger.measure,
        ledger.target,
        ledger.money_yuan,
        ledger.deadline,
        ledger.state_zh,
        ledger.progress_zh,
        issues.is_overdue,
        ledger.days_overdue,
        ledger.escalation_zh,
        issues.last_event_at
    from issues
    inner join units using (issue_id)
    inner join ledger using (issue_id)
    where issues.is_open
)

select * from final
