{{ grains_of([
    'int_births__row_in_force',
    'int_inspection__record',
    'int_lists__incomplete_school',
    'int_lists__school_night',
    'int_projects__row_in_force',
    'int_responsibility__school',
    'int_school_groups__row_in_force',
    'int_survey__row_in_force',
    'int_venues__lease',
    'int_venues__use'
]) }}
