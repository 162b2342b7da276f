with

final as (
    {{ rows_with_base('rule_relaxation_terms', ['relaxation_code', 'stage'], ['item', 'factor', 'walk_minutes_up_to']) }}
)

select * from final
