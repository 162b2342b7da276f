{{ config(group='requirement') }}
{{ grains_of([
    'int_assessment__school',
    'int_assessment__score',
    'int_assessment__subject'
]) }}
