with

final as (
    {{ named_units(
        [
            ref('stg_ledger__issue_event'), ref('int_issue__finding_event'), ref('int_issue__inspection_event'),
            ref('int_issue__update_event'),
        ],
        unit_columns()
    ) }}
)

select * from final
