{{ config(group='declared') }}
{{ grains_of([
    'int_review__census',
    'int_review__file',
    'int_review__measure'
]) }}
