with

rows_delivered as (
    select * from {{ source('bronze', 'ledger_update') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(finding_no as varchar) as finding_no,
        cast(event as varchar) as event,
        {{ date_or_null('event_date') }} as event_date,
        cast(reported_by_unit as varchar) as reported_by_unit,
        cast(progress as varchar) as progress,
        cast(evidence as varchar) as evidence,
        {{ date_or_null('completed_on') }} as completed_on,
        cast(recheck_result as varchar) as recheck_result,
        {{ date_or_null('new_deadline') }} as new_deadline,
        cast(reason as varchar) as reason,
        cast(note as varchar) as note,
        cast(responsible_unit as varchar) as responsible_unit,
        cast(cooperating_units as varchar) as cooperating_units,
        cast(measure as varchar) as measure,
        cast(target as varchar) as target,
        cast(money_yuan as decimal(18, 2)) as money_yuan,
        cast(approvals as varchar) as approvals,
        cast(merged_into as varchar) as merged_into,
        cast(seen_event as varchar) as seen_event_id
    from rows_delivered
)

select * from final
