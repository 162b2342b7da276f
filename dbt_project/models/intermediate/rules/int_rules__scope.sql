with

final as (
    {{ rows_with_base('rule_scope', ['block', 'priority'], [
        'sector', 'kind_code', 'sponsor_code', 'operating_status_code', 'pupils_below', 'is_in_scope',
        'is_undetermined', 'reason', 'source_document', 'certainty',
    ]) }}
)

select * from final
