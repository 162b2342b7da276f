{{ config(group='declared') }}
{{ grains_of([
    'int_authenticity__figure',
    'int_authenticity__signal'
]) }}
