with

final as (
    {{ list_rows_in_force(
        "stg_survey__group", "survey", ["county_code", "school_year", "survey", "respondent_group", "school_code"]
    ) }}
)

select * from final
