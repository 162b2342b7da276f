with

records as (
    select * from {{ ref('int_issue__update_record') }}
),

numbers as (
    select * from {{ ref('int_issue__number') }}
),

event_types as (
    select * from {{ ref('issue_event_types') }}
),

-- the issue that a record is about, and the one that a merged one goes on in
asked as (
    select
        submission_id,
        sheet,
        row_number,
        county_code,
        school_year,
        'own' as asks_for,
        finding_no as number_written
    from records
    union all
    select
        submission_id,
        sheet,
        row_number,
        county_code,
        school_year,
        'target' as asks_for,
        merged_into as number_written
    from records
    where event_type = 'merged'
),

-- of two documents that count alike the latest one that was there in the year of the report
ranked as (
    select
        asked.*,
        numbers.issue_id,
        row_number() over (
            partition by asked.submission_id, asked.sheet, asked.row_number, asked.asks_for
            order by
                numbers.precedence asc,
                case when numbers.school_year <= asked.school_year then 0 else 1 end asc,
                numbers.school_year desc,
                numbers.issue_id asc
        ) as preference
    from asked
    inner join numbers using (county_code, number_written)
),

resolved as (
    select
        records.*,
        own.issue_id,
        targets.issue_id as target_id
    from records
    left join ranked as own
        on
            {{ is_same_row('records', 'own') }}
            and own.asks_for = 'own'
            and own.preference = 1
    left join ranked as targets
        on
            {{ is_same_row('records', 'targets') }}
            and targets.asks_for = 'target'
            and targets.preference = 1
),

merge_steps as (
    select
        resolved.submission_id,
        resolved.sheet,
        resolved.row_number,
        resolved.issue_id,
        resolved.target_id,
        row_number() over (
            order by
                coalesce(resolved.event_date, resolved.received_on), resolved.source_night, resolved.submission_id,
                resolved.sheet, resolved.row_number
        ) as merge_number
    from resolved
    inner join event_types on event_types.event_type = 'merged'
    where resolved.issue_id <> resolved.target_id and {{ is_listed('resolved.actor_role', 'event_types.actor_roles') }}
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
            'title': "case when resolved.event_type = 'opened' then " ~ beginning_of('resolved.progress') ~ " end",
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
)

select * from final
