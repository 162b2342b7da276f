{%- set said = [
    'progress', 'evidence', 'completed_on', 'recheck_result', 'new_deadline', 'reason', 'note', 'responsible_unit', 'cooperating_units', 'measure',
    'target', 'money_yuan', 'approvals', 'merged_into',
] %}
{#- Of two documents that count alike the latest one that was there in the year of the report. -#}
{%- set nearest %}
                openings.precedence asc,
                case when openings.school_year <= typed.school_year then 0 else 1 end asc,
                openings.school_year desc,
                openings.issue_id asc
{%- endset %}
with

records as (
    {{ rows_ever_accepted('stg_ledger_update__event') }}
),

kept as (
    select * from {{ ref('stg_ledger__issue_event') }}
),

findings as (
    select * from {{ ref('int_issue__finding_event') }}
),

inspections as (
    select * from {{ ref('int_issue__inspection_event') }}
),

unit_roles as (
    select * from {{ ref('issue_unit_roles') }}
),

update_events as (
    select * from {{ ref('issue_update_events') }}
),

event_types as (
    select * from {{ ref('issue_event_types') }}
),

-- a record delivered again word for word is the same event
distinct_records as (
    select *
    from (
        select
            records.*,
            row_number() over (
                partition by
                    records.county_code,
                    records.finding_no,
                    records.event,
                    records.event_date,
                    records.reported_by_unit,
                    records.{{ said | join(', records.') }}
                order by records.source_night, records.submission_id, records.sheet, records.row_number
            ) as copy_number
        from records
    ) as copies
    where copy_number = 1
),

typed as (
    select
        distinct_records.*,
        coalesce(unit_roles.actor_role, 'responsible') as actor_role,
        update_events.event_type
    from distinct_records
    left join unit_roles on distinct_records.reported_by_unit = unit_roles.unit_zh
    inner join update_events
        on
            distinct_records.event = update_events.event
            and (
                update_events.actor_role is null
                or update_events.actor_role = coalesce(unit_roles.actor_role, 'responsible')
            )
),

-- what a number may stand for: the issue's own, or that of a finding, an inspection record or an entry by hand
openings as (
    select
        county_code,
        issue_id as number_written,
        issue_id,
        school_year,
        1 as precedence
    from kept
    where event_type = 'opened'
    union all
    select
        county_code,
        issue_id as number_written,
        issue_id,
        school_year,
        1 as precedence
    from findings
    where event_type = 'opened'
    union all
    select
        county_code,
        issue_id as number_written,
        issue_id,
        school_year,
        1 as precedence
    from inspections
    union all
    select
        county_code,
        source_item as number_written,
        issue_id,
        school_year,
        2 as precedence
    from findings
    where event_type = 'opened'
    union all
    select
        county_code,
        source_item as number_written,
        issue_id,
        school_year,
        3 as precedence
    from inspections
    union all
    select
        county_code,
        finding_no as number_written,
        {{ issue_id('county_code', 'null', 'null', "'manual'", 'finding_no', 'null') }} as issue_id,
        min(school_year) as school_year,
        4 as precedence
    from typed
    where event_type = 'opened'
    group by county_code, finding_no
    union all
    select
        county_code,
        {{ issue_id('county_code', 'null', 'null', "'manual'", 'finding_no', 'null') }} as number_written,
        {{ issue_id('county_code', 'null', 'null', "'manual'", 'finding_no', 'null') }} as issue_id,
        min(school_year) as school_year,
        1 as precedence
    from typed
    where event_type = 'opened'
    group by county_code, finding_no
),

resolved as (
    select
        typed.*,
        openings.issue_id,
        row_number() over (
            partition by typed.submission_id, typed.sheet, typed.row_number
            order by {{ nearest }}
        ) as place
    from typed
    left join openings on typed.county_code = openings.county_code and typed.finding_no = openings.number_written
),

targets as (
    select
        typed.submission_id,
        typed.sheet,
        typed.row_number,
        openings.issue_id,
        row_number() over (
            partition by typed.submission_id, typed.sheet, typed.row_number
            order by {{ nearest }}
        ) as place
    from typed
    inner join openings on typed.county_code = openings.county_code and typed.merged_into = openings.number_written
    where typed.event_type = 'merged'
),

merge_steps as (
    select
        resolved.submission_id,
        resolved.sheet,
        resolved.row_number,
        resolved.issue_id,
        targets.issue_id as target_id,
        row_number() over (
            order by
                coalesce(resolved.event_date, resolved.received_on), resolved.source_night, resolved.submission_id,
                resolved.sheet, resolved.row_number
        ) as merge_number
    from resolved
    inner join targets
        on
            {{ is_same_row('resolved', 'targets') }}
    inner join event_types on event_types.event_type = 'merged'
    where
        resolved.place = 1
        and targets.place = 1
        and resolved.issue_id <> targets.issue_id
        and {{ is_listed('resolved.actor_role', 'event_types.actor_roles') }}
),

-- an issue goes on in one that has not gone elsewhere before: nothing is lost in a circle
merged as (
    select merge_steps.*
    from merge_steps
    left join merge_steps as earlier
        on merge_steps.target_id = earlier.issue_id and merge_steps.merge_number > earlier.merge_number
    where earlier.issue_id is null
),

final as (
    select
        {{ issue_event_select({
            'event_id': row_event_id('resolved', 'resolved.event_type'),
            'issue_id': "coalesce(resolved.issue_id, " ~ issue_id('resolved.county_code', 'null', 'null', "'manual'", 'resolved.finding_no', 'null') ~ ")",
            'county_code': 'resolved.county_code',
            'school_year': 'resolved.school_year',
            'origin': "'manual'",
            'event_type': 'resolved.event_type',
            'happened_on': 'coalesce(resolved.event_date, resolved.received_on)',
            'received_on': 'resolved.received_on',
            'actor_unit': 'resolved.reported_by_unit',
            'actor_role': 'resolved.actor_role',
            'title': "case when resolved.event_type = 'opened' then substr(resolved.progress, 1, 60) end",
            'description': "case when resolved.event_type = 'opened' then resolved.progress end",
            'source_item': "case when resolved.event_type = 'opened' then resolved.finding_no end",
            'severity': "case when resolved.event_type = 'opened' then 'minor' end",
            'rectification_type': "case when resolved.event_type = 'continued' then 'long_term' end",
            'recheck_level': "case when resolved.event_type = 'opened' then 'county' end",
            'lead_unit': unit_list('resolved.responsible_unit'),
            'cooperating_units': unit_list('resolved.cooperating_units'),
            'measure': "case when resolved.event_type = 'planned' then coalesce(resolved.measure, resolved.progress) else resolved.measure end",
            'target': 'resolved.target',
            'money_yuan': 'resolved.money_yuan',
            'deadline': 'resolved.new_deadline',
            'reason': "case when resolved.event_type = 'recheck_failed' then coalesce(resolved.reason, resolved.recheck_result) else resolved.reason end",
            'approvals': 'resolved.approvals',
            'evidence': 'resolved.evidence',
            'merged_into': 'merged.target_id',
            'note': 'coalesce(' ~ joined_when_known('resolved.progress', 'resolved.recheck_result', '；')
                ~ ', resolved.note, case when merged.target_id is null then resolved.merged_into end)',
            'source_submission_id': 'resolved.submission_id',
            'source_night': 'resolved.source_night',
            'source_file': source_file('resolved'),
            'source_row': 'resolved.row_number',
            'seen_event_id': 'resolved.seen_event_id',
        }) }}
    from resolved
    left join merged
        on
            {{ is_same_row('resolved', 'merged') }}
    where resolved.place = 1
)

select * from final
