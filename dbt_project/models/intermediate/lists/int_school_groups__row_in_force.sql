with

final as (
    {{ list_rows_in_force(
        "stg_school_groups__member", "school_groups", ["county_code", "school_year", "group_name", "school_code"]
    ) }}
)

select * from final
