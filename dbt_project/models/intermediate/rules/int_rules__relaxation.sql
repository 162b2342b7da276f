with

final as (
    {{ rows_with_base('rule_relaxations', ['relaxation_code', 'stage'], [
        'target', 'name_zh', 'valid_from_year', 'valid_to_year', 'rural_only', 'dense_centre_only', 'pupils_from',
        'pupils_below', 'largest_class_below', 'built_by_year', 'migrant_share_above', 'limit_value',
        'art_limit_value', 'source_document', 'certainty',
    ]) }}
)

select * from final
