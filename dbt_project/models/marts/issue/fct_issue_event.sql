with

events as (
    select * from {{ ref('int_issue__event') }}
),

folded as (
    select * from {{ ref('int_issue__fold') }}
),

issues as (
    select * from {{ ref('int_issue__issue') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

-- somebody else's event that came since the workbook was written: nobody saw both
conflicts as (
    select distinct told.event_id -- one event may meet several others
    from events as told
    left join events as seen on told.seen_event_id = seen.event_id and told.issue_id = seen.issue_id
    inner join events as others
        on
            told.issue_id = others.issue_id
            and told.source_submission_id is distinct from others.source_submission_id
            and told.source_night >= others.source_night
            and (seen.event_id is null or seen.source_night < others.source_night)
    where told.seen_event_id is not null
),

final as (
    select
        events.event_id,
        events.issue_id,
        events.county_code,
        folded.seq,
        events.event_type,
        events.happened_on as {{ column_named('at') }},
        events.actor_unit,
        events.actor_role,
        '{' || substr(
            {%- for column in issue_payload_columns() %}
            {{ "|| " if not loop.first }}coalesce({{ json_entry(column, 'events.' ~ column) }}, '')
            {%- endfor %},
            2
        ) || '}' as payload,
        events.source_submission_id,
        folded.is_accepted as accepted,
        refusals.label_zh || case
            when folded.refusal_code = 'transition' then '（' || states.label_zh || '，' || event_labels.label_zh || '）'
            else ''
        end as refusal_reason,
        folded.state_before,
        folded.state_after,
        events.source_night,
        conflicts.event_id is not null as is_conflicting
    from folded
    inner join events using (event_id)
    left join issues on events.issue_id = issues.issue_id and {{ is_restricted_origin('issues.origin') }}
    left join conflicts using (event_id)
    left join labels as refusals on folded.refusal_code = refusals.code and refusals.list = 'issue_refusal'
    left join labels as states on folded.state_before = states.code and states.list = 'issue_state'
    left join labels as event_labels on folded.event_type = event_labels.code and event_labels.list = 'issue_event'
    where issues.issue_id is null
)

select * from final
