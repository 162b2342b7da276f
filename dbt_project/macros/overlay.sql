{#-
    The rows of a rules seed that hold for each rule set. A rule set without a base has its own rows. An overlay
    (`rule_sets.base_ruleset_id`) has its own rows and, of its base, those that none of its own rows replaces: a row is replaced
    by a row of the same `keys`.
-#}
{% macro rules_in_force(seed, keys, columns) %}
with

rows_given as (
    select * from {{ ref(seed) }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

inherited as (
    select
        {%- for column in columns %}
        rows_given.{{ column }},
        {%- endfor %}
        rule_sets.ruleset_id
    from rule_sets
    inner join rows_given on rule_sets.base_ruleset_id = rows_given.ruleset_id
    where not exists (
        select 1
        from rows_given as own
        where
            rule_sets.ruleset_id = own.ruleset_id
            {%- for key in keys %}
            and rows_given.{{ key }} = own.{{ key }}
            {%- endfor %}
    )
),

final as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        ruleset_id
    from rows_given
    union all
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        ruleset_id
    from inherited
)

select * from final
{% endmacro %}
