with

issues as (
    select * from {{ ref('int_issue__issue') }}
),

escalations as (
    select * from {{ ref('issue_escalations') }}
),

acts as (
    select * from {{ ref('int_issue__act') }}
),

-- hints count for nobody: a gap in the numbers would tell of them
known as (
    select *
    from issues
    where not {{ is_restricted_origin('origin') }}
),

-- in the order in which nights opened them: a number that was given stays
placed as (
    select
        issue_id,
        cast(extract(year from opened_at) as {{ text_type() }}) as opened_year,
        cast(row_number() over (
            partition by county_code, extract(year from opened_at)
            order by
                coalesce(cast(opened_release as integer), 0), opened_at, coalesce(source_document, ''),
                length(coalesce(source_item, '')), coalesce(source_item, ''), issue_id
        ) as {{ text_type() }}) as place
    from known
),

done as (
    select
        issue_id,
        max(level) as level
    from acts
    group by issue_id
),

-- the first act that is due and was not recorded: none is skipped because an issue is seen late
due as (
    select
        known.issue_id,
        min(escalations.level) as level
    from known
    inner join escalations on known.days_overdue >= escalations.days_overdue_from
    left join acts on known.issue_id = acts.issue_id and escalations.level = acts.level
    where acts.issue_id is null
    group by known.issue_id
),

final as (
    select
        known.*,
        placed.opened_year || '-' || substr('00', least(length(placed.place), 3)) || placed.place as issue_no,
        acts.code as last_act,
        acts.done_on as last_act_on,
        escalations.code as next_act
    from known
    inner join placed using (issue_id)
    left join done on known.issue_id = done.issue_id
    left join acts on done.issue_id = acts.issue_id and done.level = acts.level
    left join due on known.issue_id = due.issue_id
    left join escalations on due.level = escalations.level
)

select * from final
