with

ledger as (
    select * from {{ ref('rpt_issue_ledger') }}
),

issues as (
    select * from {{ ref('fct_issue') }}
    where origin = 'finding' and source_document is not null
),

counties as (
    select * from {{ ref('dim_county') }}
),

today as (
    select * from {{ ref('int_ledger__today') }}
),

county_names as (
    select
        county_code,
        county_name,
        row_number() over (partition by county_code order by school_year desc) as age
    from counties
),

findings as (
    select
        issues.issue_id,
        issues.county_code,
        issues.source_document,
        coalesce(ledger.category_zh, {{ sentence('other_category') }}) as group_zh,
        ledger.source_item,
        -- items are numbered as texts: 10 comes after 9
        row_number() over (
            partition by issues.county_code, issues.source_document
            order by length(ledger.source_item), ledger.source_item, issues.issue_id
        ) as place,
        issues.school_code,
        ledger.school_name,
        ledger.description,
        ledger.measure,
        ledger.target,
        ledger.money_yuan,
        ledger.progress_zh,
        ledger.evidence_zh,
        issues.state,
        ledger.state_zh,
        ledger.deadline,
        ledger.closed_at,
        ledger.days_overdue,
        ledger.lead_unit_zh,
        ledger.cooperating_units_zh,
        issues.state = 'closed' as is_struck_off,
        issues.is_open,
        issues.is_overdue
    from issues
    inner join ledger using (issue_id)
),

-- groups in the order in which the document comes to them
sections as (
    select
        county_code,
        source_document,
        group_zh,
        row_number() over (partition by county_code, source_document order by min(place)) as group_number
    from findings
    group by county_code, source_document, group_zh
),

final as (
    select
        findings.county_code,
        county_names.county_name,
        findings.source_document,
        cast(sections.group_number as integer) as group_number,
        findings.group_zh,
        cast(row_number() over (
            partition by findings.county_code, findings.source_document order by sections.group_number, findings.place
        ) as integer) as finding_number,
        findings.source_item,
        findings.issue_id,
        findings.school_code,
        findings.school_name,
        findings.description,
        findings.measure,
        findings.target,
        findings.money_yuan,
        findings.progress_zh,
        findings.evidence_zh,
        findings.state,
        findings.state_zh,
        findings.deadline,
        findings.closed_at,
        findings.days_overdue,
        findings.lead_unit_zh,
        findings.cooperating_units_zh,
        findings.is_struck_off,
        findings.is_open,
        findings.is_overdue,
        today.as_of
    from findings
    inner join sections using (county_code, source_document, group_zh)
    cross join today
    left join county_names on findings.county_code = county_names.county_code and county_names.age = 1
)

select * from final
