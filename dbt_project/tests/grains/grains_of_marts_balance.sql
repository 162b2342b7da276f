{{ grains_of([
    'rpt_school_plan'
]) }}
