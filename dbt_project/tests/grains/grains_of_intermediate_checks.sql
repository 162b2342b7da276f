{{ config(group='audit') }}
{{ grains_of([
    'int_checks__check',
    'int_checks__county_source',
    'int_checks__delivery',
    'int_checks__result',
    'int_checks__submission'
]) }}
