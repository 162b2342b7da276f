with

final as (
    {{ rows_with_base('rule_split_weights', ['stage'], ['weight', 'source_document', 'certainty']) }}
)

select * from final
