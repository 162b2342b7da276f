{#-
    The fold of the events of issues, in three steps (docs/adr/0007-issue-ledger.md). Two models go through them: int_issue__closed_fold over what is known
    before this build derives anything, int_issue__fold over that and what was derived from the first. One reads what comes of the other, so the steps stand here
    and not in a model; each names the relations it reads.
-#}

{#-
    1. The events of each issue in their order: day, night of delivery, file, row; and why an event is refused whatever happened before. `place` counts over
    all issues, so that the next event of an issue has the next number: by that the recursion joins. `event_types` and `settings`: the seeds.
-#}
{% macro issue_events_in_order(events, event_types, settings) %}
    select
        *,
        row_number() over (order by issue_id, seq) as place
    from (
        select
            events.event_id,
            events.issue_id,
            row_number() over (
                partition by events.issue_id
                order by
                    events.happened_on, events.source_night, coalesce(events.source_file, ''), events.source_row,
                    event_types.display_order, events.event_id
            ) as seq,
            events.event_type,
            events.happened_on,
            events.actor_unit,
            case when event_types.sets_lead_unit then events.lead_unit end as lead_unit,
            case when event_types.sets_lead_unit then events.cooperating_units end as cooperating_units,
            events.deadline,
            {{ entry_count('events.evidence') }} + case when events.event_type = 'figure_back' then 1 else 0 end as evidence_count,
            event_types.forbids_lead_unit,
            event_types.needs_evidence,
            event_types.needs_request,
            event_types.deadline_rule,
            case
                when not coalesce({{ is_listed('events.actor_role', 'event_types.actor_roles') }}, false) then 'role'
                {%- for column in issue_payload_columns() %}
                when {{ is_listed("'" ~ column ~ "'", 'event_types.required_fields') }} and events.{{ column }} is null then 'field'
                {%- endfor %}
                when approvals.value is not null and coalesce(events.approvals, '') <> approvals.value then 'approval'
                when events.happened_on > events.received_on then 'future'
            end as own_refusal
        from {{ events }} as events
        left join {{ event_types }} as event_types using (event_type)
        left join {{ settings }} as approvals on event_types.approval_setting = approvals.setting
    ) as of_each_issue
{% endmacro %}

{#-
    2. What stands after each event: of nothing before the first, by recursion (the relation is called `folded`). `events`: of step 1; `transitions`: the seed.
    An event that the tables do not allow changes nothing.
-#}
{% macro issue_states(folded, events, transitions) %}
    select
        place - 1 as place,
        seq - 1 as seq,
        cast(null as {{ text_type() }}) as state_before,
        cast(null as {{ text_type() }}) as refusal_code,
        cast('none' as {{ text_type() }}) as state_after,
        cast(null as {{ text_type() }}) as lead_after,
        cast(null as {{ text_type() }}) as cooperating_after,
        cast(null as date) as deadline_after,
        cast(0 as bigint) as evidence_after,
        false as is_extension_asked
    from {{ events }}
    where seq = 1
    union all
    select
        place,
        seq,
        state_before,
        refusal_code,
        case when refusal_code is null then to_state else state_before end as state_after,
        case when refusal_code is null then coalesce(lead_unit, lead_before) else lead_before end as lead_after,
        case
            -- who is assigned anew brings helpers of its own
            when refusal_code is null and lead_unit is not null then cooperating_units
            else cooperating_before
        end as cooperating_after,
        case when refusal_code is null and sets_deadline then deadline else deadline_before end as deadline_after,
        case
            when refusal_code is not null then evidence_before
            when is_reopened then evidence_count
            else evidence_before + evidence_count
        end as evidence_after,
        case
            when refusal_code is not null then is_extension_asked
            when event_type = 'extension_asked' then true
            else is_extension_asked and not needs_request
        end as is_extension_asked
    from (
        select
            event.place,
            event.seq,
            event.event_type,
            event.lead_unit,
            event.cooperating_units,
            event.deadline,
            event.evidence_count,
            event.needs_request,
            before.state_after as state_before,
            before.lead_after as lead_before,
            before.cooperating_after as cooperating_before,
            before.deadline_after as deadline_before,
            before.evidence_after as evidence_before,
            before.is_extension_asked,
            transition.to_state,
            transition.to_state = 'reopened' and before.state_after <> 'reopened' as is_reopened,
            event.deadline is not null and coalesce(
                event.deadline_rule in ('any', 'not_later')
                or (event.deadline_rule = 'on_reopening' and transition.to_state = 'reopened' and before.state_after <> 'reopened'),
                false
            ) as sets_deadline,
            {{ issue_refusal('event', 'before', 'transition') }} as refusal_code
        from {{ folded }} as before
        inner join {{ events }} as event on event.place = before.place + 1 and event.seq = before.seq + 1
        left join {{ transitions }} as transition on before.state_after = transition.from_state and event.event_type = transition.event_type
    ) as judged
{% endmacro %}

{#- Why an event is refused after what stands `before` it; null: it is accepted. `event`: a row of step 1, `before`: of step 2, `transition`: of the seed. -#}
{% macro issue_refusal(event, before, transition) -%}
    case
        when {{ transition }}.to_state is null then 'transition'
        when {{ event }}.own_refusal is not null then {{ event }}.own_refusal
        when {{ event }}.forbids_lead_unit and {{ event }}.actor_unit is null then 'actor_unknown'
        when {{ event }}.forbids_lead_unit and {{ before }}.lead_after is null then 'lead_unknown'
        when
            {{ event }}.forbids_lead_unit
            and {{ is_listed(event ~ '.actor_unit', before ~ ".lead_after || ';' || coalesce(" ~ before ~ ".cooperating_after, '')") }}
            then 'own_unit'
        when {{ event }}.needs_evidence and {{ before }}.evidence_after + {{ event }}.evidence_count = 0 then 'evidence'
        when {{ event }}.needs_request and not {{ before }}.is_extension_asked then 'request'
        when {{ event }}.deadline_rule = 'not_later' and {{ event }}.deadline > {{ before }}.deadline_after then 'later_deadline'
    end
{%- endmacro %}

{#- 3. One row per event with the state before and after it, whether it was accepted and why not. `events`: of step 1, `folded`: of step 2. -#}
{% macro folded_issue_events(events, folded) %}
    select
        events.event_id,
        events.issue_id,
        cast(events.seq as integer) as seq,
        events.event_type,
        events.happened_on,
        folded.state_before,
        folded.state_after,
        folded.refusal_code is null as is_accepted,
        folded.refusal_code,
        folded.lead_after as lead_unit,
        folded.cooperating_after as cooperating_units,
        folded.deadline_after as deadline,
        events.evidence_count,
        folded.evidence_after
    from {{ folded }} as folded
    inner join {{ events }} as events on folded.place = events.place and folded.seq = events.seq
{% endmacro %}
