with

final as (
    select * from {{ ref('int_issue__known_event') }}
    union all
    select * from {{ ref('int_issue__figure_event') }}
)

select * from final
