{{ grains_of([
    'brg_school_group',
    'dim_check',
    'dim_code',
    'dim_county',
    'dim_indicator',
    'dim_indicator_term',
    'dim_requirement',
    'dim_rule_setting',
    'dim_ruleset',
    'dim_school',
    'dim_school_duty',
    'dim_school_scope',
    'dim_split_weight',
    'mart_county_scorecard',
    'rpt_school_source'
]) }}
