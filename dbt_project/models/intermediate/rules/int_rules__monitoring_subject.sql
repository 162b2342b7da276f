with

final as (
    {{ rows_with_base('rule_monitoring_subjects', ['subject_code', 'grade'], ['source_document', 'certainty']) }}
)

select * from final
