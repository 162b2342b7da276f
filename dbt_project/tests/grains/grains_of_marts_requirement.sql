{{ grains_of([
    'fct_assessment_between_school',
    'fct_assessment_school',
    'rpt_satisfaction'
]) }}
