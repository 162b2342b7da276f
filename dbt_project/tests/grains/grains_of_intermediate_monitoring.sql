{{ config(group='requirement') }}
{{ grains_of([
    'int_monitoring__requirement',
    'int_monitoring__result',
    'int_monitoring__verdict'
]) }}
