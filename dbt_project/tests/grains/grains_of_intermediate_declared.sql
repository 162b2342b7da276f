{{ config(group='declared') }}
{{ grains_of([
    'int_declared__alternative',
    'int_declared__county_figure',
    'int_declared__figure',
    'int_declared__item_row',
    'int_declared__school_row',
    'int_declared__value'
]) }}
