{%- set key = ['county_code', 'school_year', 'finding_no', 'event', 'event_date'] %}
with

final as (
    {{ records_in_force('stg_ledger_update__event', 'ledger_update', key) }}
)

select * from final
