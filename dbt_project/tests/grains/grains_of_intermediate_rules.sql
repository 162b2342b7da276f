{{ grains_of([
    'int_rules__county_ruleset',
    'int_rules__indicator',
    'int_rules__monitoring',
    'int_rules__monitoring_subject',
    'int_rules__relaxation',
    'int_rules__relaxation_term',
    'int_rules__requirement',
    'int_rules__requirement_term',
    'int_rules__ruleset',
    'int_rules__scope',
    'int_rules__setting',
    'int_rules__split_weight',
    'int_rules__term',
    'int_rules__unit_cost'
]) }}
