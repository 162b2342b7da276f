{{ config(group='requirement') }}
{{ grains_of([
    'int_requirement__amount',
    'int_requirement__class_size',
    'int_requirement__county',
    'int_requirement__declaration',
    'int_requirement__faulty_item',
    'int_requirement__figure',
    'int_requirement__gap',
    'int_requirement__item',
    'int_requirement__room_limit',
    'int_requirement__room_need',
    'int_requirement__school',
    'int_requirement__school_figure',
    'int_requirement__school_fold',
    'int_requirement__school_item',
    'int_requirement__school_size',
    'int_requirement__scope',
    'int_requirement__small_school',
    'int_requirement__training_share',
    'int_requirement__unit',
    'int_requirement__whole_figure',
    'int_requirement__withheld_school'
]) }}
