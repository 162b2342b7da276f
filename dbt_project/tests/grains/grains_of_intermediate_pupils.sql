{{ grains_of([
    'int_pupils__school_grade'
]) }}
