with

final as (
    {{ records_in_force('stg_ledger_update__event', 'ledger_update', ['county_code', 'school_year', 'finding_no', 'event', 'event_date']) }}
)

select * from final
