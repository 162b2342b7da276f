with

final as (
    {{ rows_with_base('rule_indicators', ['indicator_code', 'stage'], [
        'block', 'name_zh', 'name_en', 'unit', 'scale', 'operator', 'standard', 'floor', 'difference_limit',
        'decimals', 'mean_decimals', 'coefficient_decimals', 'is_split', 'counts_whole_units', 'is_composite',
        'source_document', 'certainty', 'shown_as',
    ]) }}
)

select * from final
