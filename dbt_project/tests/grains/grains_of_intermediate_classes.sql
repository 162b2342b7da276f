{{ grains_of([
    'int_classes__class',
    'int_classes__over_limit',
    'int_classes__school_stage'
]) }}
