{{ grains_of([
    'int_ledger__county_base',
    'int_ledger__coverage_in_force',
    'int_ledger__delivery',
    'int_ledger__evidence_file',
    'int_ledger__fault',
    'int_ledger__file_name',
    'int_ledger__first_acceptance',
    'int_ledger__left_out_row',
    'int_ledger__single_county',
    'int_ledger__submitted_file',
    'int_ledger__today'
]) }}
