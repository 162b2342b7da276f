{%- set titles = {
    'subject': {'planned': 'records.subject_planned', 'given': 'records.subject_given', 'missing': "''"},
    'lessons': {
        'planned': 'cast(records.lessons_planned as ' ~ text_type() ~ ')',
        'given': 'cast(records.lessons_given as ' ~ text_type() ~ ')',
        'missing': 'cast(records.lessons_planned - records.lessons_given as ' ~ text_type() ~ ')',
    },
} %}
with

records as (
    {{ rows_ever_accepted('stg_inspection__record') }}
),

rules as (
    select * from {{ ref('issue_inspection_rules') }}
),

subjects as (
    select * from {{ ref('monitoring_subjects') }}
),

words as (
    select * from {{ ref('issue_deadline_words') }}
),

unit_roles as (
    select * from {{ ref('issue_unit_roles') }}
),

-- the timetable against what was taught, where the record says both
compared as (
    select
        records.*,
        {%- for comparison, words in titles.items() %}
        replace(replace(replace(
            {{ comparison }}_rules.title_zh, '{planned}', {{ words.planned }}
        ), '{given}', {{ words.given }}), '{missing}', {{ words.missing }}) as {{ comparison }}_zh,
        {%- endfor %}
        coalesce(subject_rules.category, lessons_rules.category) as rule_category
    from records
    left join subjects as planned on trim(records.subject_planned) = planned.written
    left join subjects as given on trim(records.subject_given) = given.written
    left join rules as subject_rules
        on
            subject_rules.comparison = 'subject'
            and coalesce(planned.subject_code, trim(records.subject_planned))
            <> coalesce(given.subject_code, trim(records.subject_given))
    left join rules as lessons_rules
        on
            lessons_rules.comparison = 'lessons'
            and records.lessons_given < records.lessons_planned
),

told as (
    select
        *,
        {{ joined_when_known('subject_zh', 'lessons_zh', '；') }} as found_zh
    from compared
),

matters as (
    select
        records.*,
        -- records are numbered anew every year
        cast(records.school_year as {{ text_type() }}) as part,
        {{ issue_id(
            'records.county_code', 'null', 'null', "'inspection'", 'records.record_no',
            'cast(records.school_year as ' ~ text_type() ~ ')'
        ) }} as issue_id,
        least(records.inspected_on, records.received_on) as happened_on
    from told as records
    where records.problem is not null or records.found_zh is not null
),

placed as (
    select
        matters.*,
        row_number() over (
            partition by matters.issue_id
            order by matters.source_night, matters.submission_id, matters.sheet, matters.row_number
        ) as copy_number
    from matters
),

final as (
    select
        {{ issue_event_select({
            'event_id': row_event_id('placed', "'opened'"),
            'issue_id': 'placed.issue_id',
            'county_code': 'placed.county_code',
            'school_code': 'placed.school_code',
            'school_year': 'placed.school_year',
            'origin': "'inspection'",
            'part': 'placed.part',
            'event_type': "'opened'",
            'happened_on': 'placed.happened_on',
            'received_on': 'placed.received_on',
            'actor_unit': 'placed.inspecting_unit',
            'actor_role': "coalesce(unit_roles.actor_role, 'inspector')",
            'title': beginning_of('coalesce(placed.problem, placed.found_zh)'),
            'description': joined_when_known(
                joined_when_known('placed.problem', 'placed.place', '；'), 'placed.found_zh', '；'
            ),
            'source_item': 'placed.record_no',
            'category': 'coalesce(placed.category, placed.rule_category)',
            'severity': "'minor'",
            'rectification_type': "coalesce(words.rectification_type, case when placed.deadline is not null then 'dated' end)",
            'recheck_level': "'county'",
            'lead_unit': 'coalesce(placed.school_name, placed.school_code)',
            'deadline': 'coalesce(placed.deadline, ' ~ days_after('placed.happened_on', 'words.deadline_days') ~ ')',
            'note': 'placed.note',
            'source_submission_id': 'placed.submission_id',
            'source_night': 'placed.source_night',
            'source_file': source_file('placed'),
            'source_row': 'placed.row_number',
        }) }}
    from placed
    left join words on trim(placed.deadline_text) = words.word
    left join unit_roles on placed.inspecting_unit = unit_roles.unit_zh
    where placed.copy_number = 1
)

select * from final
