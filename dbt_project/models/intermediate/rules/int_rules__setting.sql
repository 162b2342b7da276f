with

final as (
    {{ rows_with_base('rule_settings', ['setting'], ['value', 'choices', 'meaning_zh', 'source_document', 'certainty']) }}
)

select * from final
