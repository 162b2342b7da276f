with

final as (
    {{ rows_with_base('rule_monitoring', ['measure'], [
        'requirement_code', 'is_criterion', 'judged_figure', 'operator', 'threshold', 'source_document', 'certainty',
    ]) }}
)

select * from final
