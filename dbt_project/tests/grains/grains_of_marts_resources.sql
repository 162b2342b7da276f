{{ grains_of([
    'fct_exchange',
    'fct_project_target',
    'fct_shared_venue',
    'fct_teacher_structure',
    'rpt_place_forecast',
    'rpt_restricted_exchange',
    'rpt_school_option'
]) }}
