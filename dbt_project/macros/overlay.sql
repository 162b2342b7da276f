{#-
    The rows of a rules seed that hold for each rule set. A rule set without a base has its own rows. An overlay
    (`rule_sets.base_ruleset_id`) has its own rows and, of its base, those that none of its own rows replaces: a row is replaced
    by a row of the same `keys`.
-#}
{% macro rows_with_base(seed, keys, columns) %}
    select
        own.ruleset_id,
        {%- for column in keys + columns %}
        own.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref(seed) }} as own
    union all
    select
        rule_sets.ruleset_id,
        {%- for column in keys + columns %}
        base.{{ column }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('rule_sets') }} as rule_sets
    inner join {{ ref(seed) }} as base on rule_sets.base_ruleset_id = base.ruleset_id
    where not exists (
        select 1
        from {{ ref(seed) }} as replacement
        where
            replacement.ruleset_id = rule_sets.ruleset_id
            {%- for column in keys %}
            and replacement.{{ column }} is not distinct from base.{{ column }}
            {%- endfor %}
    )
{% endmacro %}
