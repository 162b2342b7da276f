with

issues as (
    select * from {{ ref('fct_issue') }}
),

evidence as (
    select * from {{ ref('int_issue__evidence') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

documents as (
    select
        issue_id,
        {{ distinct_texts('evidence_zh', '；') }} as evidence_zh
    from evidence
    group by issue_id
),

school_names as (
    select
        county_code,
        school_code,
        school_name,
        row_number() over (partition by county_code, school_code order by school_year desc) as age
    from schools
),

final as (
    select
        issues.issue_id,
        issues.county_code,
        cast(
            row_number() over (partition by issues.county_code order by issues.opened_at, issues.issue_id) as integer
        ) as sequence,
        {{ joined_when_known('origins.label_zh', 'issues.source_document', '：') }} as source_zh,
        issues.source_item,
        issues.category as category_zh,
        case when issues.origin <> 'disagreement' then issues.requirement_code end as requirement_code,
        issues.school_code,
        school_names.school_name,
        issues.title,
        issues.description,
        replace(issues.lead_unit, ';', '、') as lead_unit_zh,
        replace(issues.cooperating_units, ';', '、') as cooperating_units_zh,
        issues.leader_role as leader_role_zh,
        types.label_zh as rectification_type_zh,
        issues.measure,
        issues.target,
        issues.money_yuan,
        issues.original_deadline,
        issues.deadline,
        issues.note as progress_zh,
        documents.evidence_zh,
        issues.evidence_count,
        issues.submitted_at as completed_at,
        issues.rechecked_by_unit,
        issues.rechecked_at,
        rechecks.label_zh as recheck_result_zh,
        states.label_zh as state_zh,
        case when issues.state = 'closed' then {{ sentence('is_true') }} else {{ sentence('is_false') }} end as is_struck_off_zh,
        issues.closed_at,
        issues.closed_by_unit,
        issues.days_overdue,
        escalations.label_zh as escalation_zh,
        case
            when issues.reopened_count > 0
                then {{ sentence('issue_reopened_times', count='cast(issues.reopened_count as ' ~ text_type() ~ ')') }}
            when issues.merged_into is not null then {{ sentence('issue_merged', issue='issues.merged_into') }}
            when issues.deadline > issues.original_deadline then {{ sentence('issue_postponed') }}
        end as remark_zh,
        issues.issue_no,
        next_acts.label_zh as next_act_zh
    from issues
    left join documents using (issue_id)
    left join school_names
        on
            issues.county_code = school_names.county_code
            and issues.school_code = school_names.school_code
            and school_names.age = 1
    left join labels as origins on issues.origin = origins.code and origins.list = 'issue_origin'
    left join labels as types on issues.rectification_type = types.code and types.list = 'rectification_type'
    left join labels as states on issues.state = states.code and states.list = 'issue_state'
    left join labels as rechecks on issues.recheck_result = rechecks.code and rechecks.list = 'issue_event'
    left join {{ ref('issue_escalations') }} as levels on issues.escalation_level = levels.level
    left join labels as escalations on levels.code = escalations.code and escalations.list = 'escalation'
    left join labels as next_acts on issues.next_act = next_acts.code and next_acts.list = 'escalation'
)

select * from final
