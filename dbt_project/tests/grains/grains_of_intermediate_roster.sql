{{ grains_of([
    'int_roster__exchange',
    'int_roster__person',
    'int_roster__person_subject',
    'int_roster__school_name',
    'int_roster__school_stage',
    'int_roster__subject_structure',
    'int_roster__teacher'
]) }}
