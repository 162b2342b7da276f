with

final as (
    {{ source_rows_in_force('stg_declared_forms_item__item', 'declared_forms_item') }}
)

select * from final
