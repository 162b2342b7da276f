{{ grains_of([
    'int_census__correction',
    'int_census__county',
    'int_census__county_code',
    'int_census__folding',
    'int_census__form_series',
    'int_census__predecessor',
    'int_census__reported_school',
    'int_census__row_in_force',
    'int_census__school',
    'int_census__withheld_school'
]) }}
