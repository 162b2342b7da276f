{%- set opening = {
    'county_code': 'placed.county_code',
    'school_code': 'placed.school_code',
    'stage': 'placed.stage',
    'school_year': 'placed.school_year',
    'origin': "'finding'",
    'requirement_code': 'placed.requirement_code',
    'part': 'placed.part',
    'issue_id': 'placed.issue_id',
    'received_on': 'placed.received_on',
    'happened_on': 'placed.happened_on',
    'source_document': 'placed.document',
    'source_item': 'placed.finding_no',
    'source_submission_id': 'placed.submission_id',
    'source_night': 'placed.source_night',
    'source_file': source_file('placed'),
    'source_row': 'placed.row_number',
} %}
with

findings as (
    {{ rows_ever_accepted('stg_findings__finding') }}
),

words as (
    select * from {{ ref('issue_deadline_words') }}
),

levels as (
    select * from {{ ref('issue_source_levels') }}
),

numbered as (
    select
        findings.*,
        {{ document_number('findings.document') }} as part,
        {{ unit_list('findings.responsible_unit') }} as lead_unit,
        {{ unit_list('findings.responsible_section') }} as cooperating_units
    from findings
),

matters as (
    select
        numbered.*,
        {{ issue_id('numbered.county_code', 'null', 'null', "'finding'", 'numbered.finding_no', 'numbered.part') }} as issue_id
    from numbered
),

compared as (
    select
        matters.*,
        {%- for column in ('lead_unit', 'cooperating_units', 'measures', 'target', 'deadline') %}
        lag(matters.{{ column }}) over (
            partition by matters.issue_id
            order by matters.source_night, matters.submission_id, matters.sheet, matters.row_number
        ) as last_{{ column }},
        {%- endfor %}
        row_number() over (
            partition by matters.issue_id
            order by matters.source_night, matters.submission_id, matters.sheet, matters.row_number
        ) as place
    from matters
),

-- the highest level that the source names
found_levels as (
    select
        compared.submission_id,
        compared.sheet,
        compared.row_number,
        min(levels.precedence) as precedence
    from compared
    inner join levels on position(levels.word in compared.finding_source) > 0
    group by compared.submission_id, compared.sheet, compared.row_number
),

placed as (
    select
        compared.*,
        case
            -- a document is dated before it arrives
            when compared.place = 1 and compared.document_date <= compared.received_on then compared.document_date
            else compared.received_on
        end as happened_on,
        words.rectification_type as word_type,
        words.deadline_days as word_days,
        levels.recheck_level
    from compared
    left join words on trim(compared.deadline_text) = words.word
    left join found_levels
        on
            {{ is_same_row('compared', 'found_levels') }}
    left join levels on found_levels.precedence = levels.precedence
),

final as (
    select
        {{ issue_event_select(dict(opening, **{
            'event_id': row_event_id('placed', "'opened'"),
            'event_type': "'opened'",
            'actor_unit': 'placed.finding_source',
            'actor_role': "'supervisor'",
            'title': beginning_of('placed.description'),
            'description': 'placed.description',
            'category': 'placed.category',
            'severity': "'major'",
            'rectification_type': "coalesce(placed.word_type, case when placed.deadline is not null then 'dated' end)",
            'recheck_level': "coalesce(placed.recheck_level, 'county')",
            'lead_unit': 'placed.lead_unit',
            'cooperating_units': 'placed.cooperating_units',
            'deadline': 'coalesce(placed.deadline, ' ~ days_after('placed.happened_on', 'placed.word_days') ~ ')',
            'note': 'placed.note',
        })) }}
    from placed
    where placed.place = 1
    union all
    select
        {{ issue_event_select(dict(opening, **{
            'event_id': row_event_id('placed', "'assigned'"),
            'event_type': "'assigned'",
            'actor_unit': 'placed.finding_source',
            'actor_role': "'supervisor'",
            'lead_unit': 'placed.lead_unit',
            'cooperating_units': 'placed.cooperating_units',
        })) }}
    from placed
    where
        placed.lead_unit is not null
        and (
            placed.lead_unit is distinct from placed.last_lead_unit
            or placed.cooperating_units is distinct from placed.last_cooperating_units
        )
    union all
    select
        {{ issue_event_select(dict(opening, **{
            'event_id': row_event_id('placed', "'planned'"),
            'event_type': "'planned'",
            'actor_unit': 'placed.lead_unit',
            'actor_role': "'responsible'",
            'measure': 'placed.measures',
            'target': 'placed.target',
            'deadline': 'case when placed.deadline is distinct from placed.last_deadline then placed.deadline end',
        })) }}
    from placed
    where
        placed.measures is not null
        and (
            placed.measures is distinct from placed.last_measures
            or placed.target is distinct from placed.last_target
            or placed.deadline is distinct from placed.last_deadline
        )
)

select * from final
