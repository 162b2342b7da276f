{#- The fold of states: the worst of each group, by the total order of the seed check_states. `rows_cte` has the column state. -#}
{% macro folded_states(rows_cte, keys) %}
    select
        {%- for key in keys %}
        ranked.{{ key }},
        {%- endfor %}
        worst.state,
        worst.is_red
    from (
        select
            {%- for key in keys %}
            {{ rows_cte }}.{{ key }},
            {%- endfor %}
            max(check_states.rank) as worst_rank
        from {{ rows_cte }}
        inner join {{ ref('check_states') }} as check_states using (state)
        group by
            {%- for key in keys %}
            {{ rows_cte }}.{{ key }}{{ "," if not loop.last }}
            {%- endfor %}
    ) as ranked
    inner join {{ ref('check_states') }} as worst on ranked.worst_rank = worst.rank
{% endmacro %}

{#- The year that a delivery is owed for: that of its contents, or that of its folder where the contents are dated by a year of their own. -#}
{% macro owed_year(year_from, content_year, folder_year) -%}
    case when {{ year_from }} = 'folder' then coalesce({{ folder_year }}, {{ content_year }}) else {{ content_year }} end
{%- endmacro %}

{#- The check of a requirement: a figure that the county states too is compared; what only documents can show, a person has to check. -#}
{% macro requirement_engine(basis) -%}
    case when {{ basis }} = 'declared' then 'evidence' else 'declaration' end
{%- endmacro %}

{#- Its id. -#}
{% macro requirement_check_id(basis, ruleset_id, requirement_code, part) -%}
    case when {{ basis }} = 'declared' then 'evidence.' else 'declared_agrees.' end
    || {{ ruleset_id }} || '.' || {{ requirement_code }} || '.' || {{ part }}
{%- endmacro %}
