with

evidence as (
    select * from {{ ref('int_issue__evidence') }}
),

ledger as (
    select * from {{ ref('rpt_issue_ledger') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

final as (
    select
        evidence.county_code,
        evidence.issue_id,
        evidence.event_id,
        evidence.evidence_zh,
        ledger.title,
        ledger.requirement_code,
        ledger.lead_unit_zh,
        evidence.actor_unit as given_by_unit,
        evidence.happened_on as given_on,
        labels.label_zh as given_with_zh,
        evidence.file_name,
        evidence.file_sha256,
        evidence.file_sha256 is not null as has_file,
        ledger.state_zh
    from evidence
    inner join ledger using (issue_id)
    left join labels on evidence.event_type = labels.code and labels.list = 'issue_event'
)

select * from final
