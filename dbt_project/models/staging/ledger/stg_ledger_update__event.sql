with

rows_delivered as (
    select * from {{ source('bronze', 'ledger_update') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(finding_no as {{ text_type() }}) as finding_no,
        cast(event as {{ text_type() }}) as event,
        {{ date_or_null('event_date') }} as event_date,
        cast(reported_by_unit as {{ text_type() }}) as reported_by_unit,
        cast(progress as {{ text_type() }}) as progress,
        cast(evidence as {{ text_type() }}) as evidence,
        {{ date_or_null('completed_on') }} as completed_on,
        cast(recheck_result as {{ text_type() }}) as recheck_result,
        {{ date_or_null('new_deadline') }} as new_deadline,
        cast(reason as {{ text_type() }}) as reason,
        cast(note as {{ text_type() }}) as note,
        cast(responsible_unit as {{ text_type() }}) as responsible_unit,
        cast(cooperating_units as {{ text_type() }}) as cooperating_units,
        cast(measure as {{ text_type() }}) as measure,
        cast(target as {{ text_type() }}) as target,
        cast(money_yuan as decimal(18, 2)) as money_yuan,
        cast(approvals as {{ text_type() }}) as approvals,
        cast(merged_into as {{ text_type() }}) as merged_into,
        cast(seen_event as {{ text_type() }}) as seen_event_id
    from rows_delivered
)

select * from final
