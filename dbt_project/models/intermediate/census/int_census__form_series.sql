with

rows_in_force as (
    select * from {{ ref('int_census__row_in_force') }}
),

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

final as (
    select
        rows_in_force.county_code,
        rows_in_force.school_year,
        rows_in_force.school_code,
        -- files of one night may complete a school in two forms
        {{ distinct_texts('deliveries.contract', '、') }} as form_series
    from rows_in_force
    inner join deliveries using (submission_id, delivery_night)
    group by rows_in_force.county_code, rows_in_force.school_year, rows_in_force.school_code
)

select * from final
