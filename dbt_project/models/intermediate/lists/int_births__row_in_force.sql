with

final as (
    {{ list_rows_in_force("stg_births__age", "births", ["county_code", "school_year", "catchment", "age"]) }}
)

select * from final
