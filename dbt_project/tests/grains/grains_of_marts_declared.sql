{{ grains_of([
    'rpt_authenticity_hint'
]) }}
