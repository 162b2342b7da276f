with

figures as (
    select * from {{ ref('int_issue__figure') }}
),

known as (
    select * from {{ ref('int_issue__known_event') }}
),

closed_fold as (
    select * from {{ ref('int_issue__closed_fold') }}
),

nights as (
    select * from {{ ref('stg_run__night') }}
),

tonight as (
    select
        max(night) as night,
        max(as_of) as as_of
    from nights
),

told as (
    select
        issue_id,
        event_type,
        row_number() over (
            partition by issue_id
            order by happened_on desc, source_night desc, source_row desc
        ) as age,
        count(*) over (partition by issue_id) as told_before
    from known
    where actor_role = 'system'
),

opened as (
    select distinct issue_id  -- refused openings of others are no reason to open once more
    from known
    where event_type = 'opened'
),

closings as (
    select
        issue_id,
        max(case when event_type = 'closed' and is_accepted then happened_on end) as closed_on,
        max(seq) as last_seq
    from closed_fold
    group by issue_id
),

closed as (
    select
        closings.issue_id,
        closings.closed_on
    from closings
    inner join closed_fold on closings.issue_id = closed_fold.issue_id and closings.last_seq = closed_fold.seq
    where closed_fold.state_after = 'closed'
),

units as (
    {{ named_units(['figures'], ['lead_unit', 'cooperating_units']) }}
),

compared as (
    select
        figures.*,
        coalesce(told.told_before, 0) as told_before,
        case
            when opened.issue_id is null then case when figures.opens then 'opened' end
            when figures.verdict = 'met' then case when told.event_type in ('opened', 'figure_fallen') then 'figure_back' end
            when
                figures.opens and figures.verdict <> 'undecided'
                and (told.event_type = 'figure_back' or figures.figure_on > closed.closed_on)
                then 'figure_fallen'
        end as event_type
    from figures
    left join opened on figures.issue_id = opened.issue_id
    left join told on figures.issue_id = told.issue_id and told.age = 1
    left join closed on figures.issue_id = closed.issue_id
),

final as (
    select
        {{ issue_event_select({
            'event_id': "md5(compared.issue_id || '|' || compared.event_type || '|' || cast(compared.told_before as " ~ text_type() ~ "))",
            'issue_id': 'compared.issue_id',
            'county_code': 'compared.county_code',
            'school_code': 'compared.school_code',
            'stage': 'compared.stage',
            'school_year': 'compared.school_year',
            'origin': 'compared.origin',
            'requirement_code': 'compared.code',
            'part': 'compared.part',
            'event_type': 'compared.event_type',
            'happened_on': 'tonight.as_of',
            'received_on': 'tonight.as_of',
            'actor_role': "'system'",
            'title': 'compared.title',
            'description': 'compared.description',
            'category': 'compared.category',
            'severity': 'compared.severity',
            'rectification_type': 'compared.rectification_type',
            'recheck_level': 'compared.recheck_level',
            'leader_role': 'compared.leader_role',
            'lead_unit': "case when compared.event_type = 'opened' then coalesce(leads.unit_names, compared.lead_unit) end",
            'cooperating_units': "case when compared.event_type = 'opened' then coalesce(helpers.unit_names, compared.cooperating_units) end",
            'deadline': "case when compared.event_type <> 'figure_back' then " ~ days_after('tonight.as_of', 'compared.deadline_days') ~ " end",
            'source_night': 'tonight.night',
            'source_row': 'compared.told_before',
        }) }}
    from compared
    cross join tonight
    left join units as leads on compared.county_code = leads.county_code and compared.lead_unit = leads.unit_text
    left join units as helpers
        on compared.county_code = helpers.county_code and compared.cooperating_units = helpers.unit_text
    where compared.event_type is not null
)

select * from final
