{{ config(group='balance') }}
{{ grains_of([
    'int_balance__relaxation',
    'int_balance__relaxed_amount',
    'int_balance__school',
    'int_balance__school_part',
    'int_balance__school_scope',
    'int_balance__stage_scope',
    'int_balance__withheld_schools'
]) }}
