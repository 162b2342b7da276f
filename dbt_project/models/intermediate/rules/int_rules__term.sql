with

final as (
    {{ rows_with_base('rule_terms', ['indicator_code', 'stage'], ['item', 'factor']) }}
)

select * from final
