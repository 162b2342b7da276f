{#- The columns name one row each: no combination twice, none of them empty but those of `may_be_empty`. Shows the offending
    combinations. -#}
{% test unique_grain(model, columns, may_be_empty=[]) %}
    {%- set grain = columns | join(", ") %}
    select
        {{ grain }},
        count(*) as row_count
    from {{ model }}
    group by {{ grain }}
    having count(*) > 1
        {%- for column in columns if column not in may_be_empty %}
        or {{ column }} is null
        {%- endfor %}
{% endtest %}
