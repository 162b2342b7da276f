{{ config(materialized='ephemeral') }}
with

records as (
    {{ rows_ever_accepted('stg_ledger_update__event') }}
),

unit_roles as (
    select * from {{ ref('issue_unit_roles') }}
),

update_events as (
    select * from {{ ref('issue_update_events') }}
),

-- a record delivered again word for word is the same event
numbered as (
    select
        *,
        row_number() over (
            partition by
                county_code, finding_no, event, event_date, reported_by_unit, progress, evidence, completed_on,
                recheck_result, new_deadline, reason, note, responsible_unit, cooperating_units, measure, target,
                money_yuan, approvals, merged_into
            order by source_night, submission_id, sheet, row_number
        ) as copy_number
    from records
),

reported as (
    select
        numbered.*,
        coalesce(unit_roles.actor_role, 'responsible') as actor_role
    from numbered
    left join unit_roles on numbered.reported_by_unit = unit_roles.unit_zh
    where numbered.copy_number = 1
),

final as (
    select
        reported.*,
        update_events.event_type
    from reported
    inner join update_events
        on reported.event = update_events.event and coalesce(update_events.actor_role, reported.actor_role) = reported.actor_role
)

select * from final
