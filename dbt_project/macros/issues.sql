{#- The columns of an event of the issue ledger, in their order: what it is about, what happened, what it says, where it stands. The same as
    ISSUE_EVENTS in junheng/records.py. -#}
{% macro issue_event_columns() -%}
    {{ return([
        'event_id', 'issue_id', 'county_code', 'school_code', 'stage', 'school_year', 'origin', 'requirement_code', 'part',
        'event_type', 'happened_on', 'received_on', 'actor_unit', 'actor_role',
    ] + issue_payload_columns() + ['source_submission_id', 'source_night', 'source_file', 'source_row', 'seen_event_id']) }}
{%- endmacro %}

{#- What an event may say. -#}
{% macro issue_payload_columns() -%}
    {{ return([
        'title', 'description', 'source_document', 'source_item', 'category', 'severity', 'rectification_type', 'recheck_level',
        'leader_role', 'lead_unit', 'cooperating_units', 'measure', 'target', 'money_yuan', 'deadline', 'reason', 'approvals',
        'evidence', 'merged_into', 'note',
    ]) }}
{%- endmacro %}

{% macro issue_column_type(column) -%}
    {{ return({
        'school_year': 'integer', 'happened_on': 'date', 'received_on': 'date', 'money_yuan': 'decimal(18, 2)', 'deadline': 'date',
        'source_night': 'integer', 'source_row': 'bigint',
    }.get(column, text_type())) }}
{%- endmacro %}

{#- All columns of an event in the type of each; `given`: column → expression, the others are empty. -#}
{% macro issue_event_select(given) -%}
    {%- for column in issue_event_columns() %}
        cast({{ given.get(column, 'null') }} as {{ issue_column_type(column) }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- What a kind of figure says of a matter (int_issue_figure__*): a column and its type. -#}
{% macro issue_figure_types() -%}
    {{ return({
        'figure_kind': text_type(), 'origin': text_type(), 'ruleset_id': text_type(), 'county_code': text_type(), 'school_code': text_type(),
        'stage': text_type(), 'school_year': 'integer', 'figure_on': 'date', 'code': text_type(), 'part': text_type(),
        'verdict': text_type(), 'name_zh': text_type(), 'state_zh': text_type(), 'lead_code': text_type(), 'description': text_type(),
    }) }}
{%- endmacro %}

{#- What a kind of figure leaves empty. -#}
{% macro empty_figure_columns(columns) -%}
    {%- for column in columns %}
        cast(null as {{ issue_figure_types()[column] }}) as {{ column }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The number of an issue: the same matter has the same one in every night and year. Nothing else enters it. -#}
{% macro issue_id(county, school, stage, origin, code, part) -%}
    {{ county }} || '-' || substr(md5(
        {{ county }} || '|' || coalesce({{ school }}, '') || '|' || coalesce({{ stage }}, '') || '|' || {{ origin }}
        || '|' || coalesce({{ code }}, '') || '|' || coalesce({{ part }}, '')
    ), 1, 12)
{%- endmacro %}

{#- `,"name":"text"` of JSON; null where there is no text. Character 92 is the backslash, which engines read differently in a literal. -#}
{% macro json_entry(name, expression) -%}
    {%- set text = "cast(" ~ expression ~ " as " ~ text_type() ~ ")" -%}
    ',"{{ name }}":"' || case
        -- hardly any text: to look for signs is a tenth of replacing them
        when
            position(chr(92) in {{ text }}) + position('"' in {{ text }}) + position(chr(10) in {{ text }}) + position(chr(13) in {{ text }}) > 0
            then replace(replace(replace(
                replace({{ text }}, chr(92), chr(92) || chr(92)), '"', chr(92) || '"'), chr(10), chr(92) || 'n'), chr(13), chr(92) || 'r'
            )
        else {{ text }}
    end || '"'
{%- endmacro %}

{#- A list of units as people write it, with `;` alone between them. -#}
{% macro unit_list(expression) -%}
    replace(replace(replace(replace(replace(cast({{ expression }} as {{ text_type() }}), '；', ';'), '、', ';'), '，', ';'), ',', ';'), ' ', '')
{%- endmacro %}

{#-
    The events of a relation, folded: one row per event with the state before and after it, whether it was accepted and why not. Events of an issue
    happen in one order: day, night of delivery, file, row. An event that the tables do not allow changes nothing. What a refusal rests on:
    `transition` the state, `role`, `field`, `approval`, `future` the event alone, the others what happened before.
-#}
{% macro folded_issue_events(relation) %}
with recursive

events as (
    select * from {{ relation }}
),

event_types as (
    select * from {{ ref('issue_event_types') }}
),

transitions as (
    select * from {{ ref('issue_transitions') }}
),

settings as (
    select * from {{ ref('issue_settings') }}
),

ordered as (
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
        -- what is wrong with the event whatever happened before
        case
            when not coalesce({{ is_listed('events.actor_role', 'event_types.actor_roles') }}, false) then 'role'
            {%- for column in issue_payload_columns() %}
            when {{ is_listed("'" ~ column ~ "'", 'event_types.required_fields') }} and events.{{ column }} is null then 'field'
            {%- endfor %}
            when settings.value is not null and coalesce(events.approvals, '') <> settings.value then 'approval'
            when events.happened_on > events.received_on then 'future'
        end as own_refusal
    from events
    left join event_types using (event_type)
    left join settings on event_types.approval_setting = settings.setting
),

-- one number for each event, the next one of an issue follows it: what the recursion joins by
numbered as (
    select
        *,
        row_number() over (order by issue_id, seq) as place
    from ordered
),

-- what stands after each event, from nothing before the first; nothing of the event itself is carried along
folded as (
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
    from numbered
    where seq = 1
    union all
    select
        judged.place,
        judged.seq,
        judged.state_before,
        judged.refusal_code,
        case when judged.refusal_code is null then judged.to_state else judged.state_before end as state_after,
        case when judged.refusal_code is null then coalesce(judged.lead_unit, judged.lead_before) else judged.lead_before end
            as lead_after,
        case
            -- who is assigned anew brings helpers of its own
            when judged.refusal_code is null and judged.lead_unit is not null then judged.cooperating_units
            else judged.cooperating_before
        end as cooperating_after,
        case
            when judged.refusal_code is null and judged.sets_deadline then judged.deadline
            else judged.deadline_before
        end as deadline_after,
        case
            when judged.refusal_code is not null then judged.evidence_before
            when judged.to_state = 'reopened' and judged.state_before <> 'reopened' then judged.evidence_count
            else judged.evidence_before + judged.evidence_count
        end as evidence_after,
        case
            when judged.refusal_code is not null then judged.is_extension_asked
            when judged.event_type = 'extension_asked' then true
            else judged.is_extension_asked and not judged.needs_request
        end as is_extension_asked
    from (
        select
            numbered.place,
            numbered.seq,
            numbered.event_type,
            numbered.lead_unit,
            numbered.cooperating_units,
            numbered.deadline,
            numbered.evidence_count,
            numbered.needs_request,
            folded.state_after as state_before,
            folded.lead_after as lead_before,
            folded.cooperating_after as cooperating_before,
            folded.deadline_after as deadline_before,
            folded.evidence_after as evidence_before,
            folded.is_extension_asked,
            transitions.to_state,
            numbered.deadline is not null and coalesce(
                numbered.deadline_rule in ('any', 'not_later')
                or (numbered.deadline_rule = 'on_reopening' and transitions.to_state = 'reopened' and folded.state_after <> 'reopened'),
                false
            ) as sets_deadline,
            case
                when transitions.to_state is null then 'transition'
                when numbered.own_refusal is not null then numbered.own_refusal
                when numbered.forbids_lead_unit and numbered.actor_unit is null then 'actor_unknown'
                when numbered.forbids_lead_unit and folded.lead_after is null then 'lead_unknown'
                when
                    numbered.forbids_lead_unit
                    and {{ is_listed('numbered.actor_unit', "folded.lead_after || ';' || coalesce(folded.cooperating_after, '')") }}
                    then 'own_unit'
                when numbered.needs_evidence and folded.evidence_after + numbered.evidence_count = 0 then 'evidence'
                when numbered.needs_request and not folded.is_extension_asked then 'request'
                when numbered.deadline_rule = 'not_later' and numbered.deadline > folded.deadline_after then 'later_deadline'
            end as refusal_code
        from folded
        inner join numbered on numbered.place = folded.place + 1 and numbered.seq = folded.seq + 1
        left join transitions on folded.state_after = transitions.from_state and numbered.event_type = transitions.event_type
    ) as judged
),

final as (
    select
        numbered.event_id,
        numbered.issue_id,
        cast(numbered.seq as integer) as seq,
        numbered.event_type,
        numbered.happened_on,
        folded.state_before,
        folded.state_after,
        folded.refusal_code is null as is_accepted,
        folded.refusal_code,
        folded.lead_after as lead_unit,
        folded.cooperating_after as cooperating_units,
        folded.deadline_after as deadline,
        numbered.evidence_count,
        folded.evidence_after
    from folded
    inner join numbered on folded.place = numbered.place and folded.seq = numbered.seq
)

select * from final
{% endmacro %}

{#- Rows of a source out of every file that was ever accepted, with the night and the day of that; a later file takes none of them back. -#}
{% macro rows_ever_accepted(model) %}
    select
        rows_given.*,
        acceptances.night as source_night,
        acceptances.as_of as received_on
    from {{ ref(model) }} as rows_given
    inner join {{ ref('int_ledger__first_acceptance') }} as acceptances using (submission_id)
    left join {{ ref('int_ledger__left_out_row') }} as left_out
        on
            {{ is_same_row('rows_given', 'left_out') }}
    where left_out.submission_id is null
{% endmacro %}

{#- A row's place in its file: file and sheet. -#}
{% macro source_file(relation) -%}
    {{ relation }}.submission_id || '|' || coalesce({{ relation }}.sheet, '')
{%- endmacro %}

{#- The number of an event that a row of a file tells. -#}
{% macro row_event_id(relation, event_type) -%}
    md5({{ source_file(relation) }} || '|' || cast({{ relation }}.row_number as {{ text_type() }}) || '|' || {{ event_type }})
{%- endmacro %}

{#- The number of a document without the ways of writing it. -#}
{% macro document_number(expression) -%}
    replace(replace(replace(replace(replace(replace({{ expression }}, ' ', ''), '　', ''), '[', '〔'), ']', '〕'), '（', '〔'), '）', '〕')
{%- endmacro %}

{#- Issues that only the supervision office sees: a hint accuses nobody, and nobody is to read of it in a list. -#}
{% macro is_restricted_origin(origin) -%}
    {{ origin }} = 'hint'
{%- endmacro %}

{#-
    Texts that name units, of relations of events, with the one name that each of the units has: the county's own list is asked before and
    after the seed, so that it may rename what the seed knows. `columns`: of the relations, what names units. Only texts that read otherwise.
-#}
{% macro named_units(relations, columns) %}
    select
        county_code,
        unit_text,
        {{ joined_text('unit_zh', ';', 'place') }} as unit_names
    from (
        select
            written.county_code,
            written.unit_text,
            coalesce(own.unit_zh, renamed.unit_zh, common.unit_zh, written.written) as unit_zh,
            min(position(';' || written.written || ';' in ';' || written.unit_text || ';')) as place
        from (
            select
                county_code,
                unit_text,
                {{ exploded_list('unit_text', ';') }} as written
            from (
                {%- for relation in relations %}
                {%- set outer = loop %}
                {%- for column in columns %}
                select
                    county_code,
                    {{ column }} as unit_text
                from {{ relation }}
                where {{ column }} is not null
                {{ "union" if not (loop.last and outer.last) }}
                {%- endfor %}
                {%- endfor %}
            ) as texts
        ) as written
        left join {{ ref('stg_run__unit_alias') }} as own
            on written.county_code = own.county_code and written.written = own.written
        left join {{ ref('issue_unit_aliases') }} as common on written.written = common.written
        left join {{ ref('stg_run__unit_alias') }} as renamed
            on written.county_code = renamed.county_code and common.unit_zh = renamed.written
        where written.written <> ''
        group by
            written.county_code,
            written.unit_text,
            coalesce(own.unit_zh, renamed.unit_zh, common.unit_zh, written.written)
    ) as named
    group by county_code, unit_text
{% endmacro %}

{#- Columns of an event that name units. -#}
{% macro unit_columns() %}{{ return(['actor_unit', 'lead_unit', 'cooperating_units']) }}{% endmacro %}

{#- The columns of an event, with its units under the names they are known by; each unit column is joined as `<column>_names`. -#}
{% macro event_columns_with_known_units(relation) %}
    {%- for column in issue_event_columns() -%}
        {%- if column in unit_columns() -%}
            coalesce({{ column }}_names.unit_names, {{ relation }}.{{ column }}) as {{ column }}
        {%- else -%}
            {{ relation }}.{{ column }}
        {%- endif -%}
        {{ ", " if not loop.last }}
    {%- endfor -%}
{% endmacro %}
