with

ledger as (
    select * from {{ ref('rpt_issue_ledger') }}
),

issues as (
    select * from {{ ref('fct_issue') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

settings as (
    select
        max(case when setting = 'key_task_severities' then value end) as severities,
        max(case when setting = 'key_task_types' then value end) as types,
        max(case when setting = 'key_task_escalations' then value end) as escalations
    from {{ ref('issue_settings') }}
),

reasons as (
    select
        issues.issue_id,
        case
            when {{ is_listed('issues.severity', 'settings.severities') }}
                then {{ sentence('grave_issue', severity='severities.label_zh') }}
        end as severity_zh,
        case when {{ is_listed('issues.rectification_type', 'settings.types') }} then types.label_zh end as type_zh,
        case
            when {{ is_listed('levels.code', 'settings.escalations') }}
                then {{ sentence('issue_overdue', days='cast(issues.days_overdue as ' ~ text_type() ~ ')') }}
        end as overdue_zh,
        case when issues.reopened_count > 0 then {{ sentence('issue_reopened') }} end as reopened_zh
    from issues
    cross join settings
    left join {{ ref('issue_escalations') }} as levels on issues.escalation_level = levels.level
    left join labels as severities on issues.severity = severities.code and severities.list = 'issue_severity'
    left join labels as types on issues.rectification_type = types.code and types.list = 'rectification_type'
    where issues.is_open
),

joined as (
    select
        issue_id,
        {{ joined_when_known(
            joined_when_known('severity_zh', 'type_zh', '、'), joined_when_known('overdue_zh', 'reopened_zh', '、'), '、'
        ) }} as reason_zh
    from reasons
),

final as (
    select
        ledger.county_code,
        ledger.issue_id,
        joined.reason_zh,
        ledger.title,
        ledger.category_zh,
        ledger.school_name,
        ledger.lead_unit_zh,
        ledger.cooperating_units_zh,
        ledger.leader_role_zh,
        ledger.measure,
        ledger.target,
        ledger.money_yuan,
        ledger.deadline,
        ledger.state_zh,
        ledger.progress_zh,
        ledger.days_overdue,
        ledger.escalation_zh
    from joined
    inner join ledger using (issue_id)
    where joined.reason_zh is not null
)

select * from final
