with

final as (
    {{ records_in_force('stg_inspection__record', 'inspection', ['county_code', 'school_year', 'record_no']) }}
)

select * from final
