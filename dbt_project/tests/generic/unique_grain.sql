{#- The columns name one row each: no combination twice, none of them empty. Shows the offending combinations. -#}
{% test unique_grain(model, columns) %}
    {%- set grain = columns | join(", ") %}
    select
        {{ grain }},
        count(*) as row_count
    from {{ model }}
    group by {{ grain }}
    having count(*) > 1
        {%- for column in columns %}
        or {{ column }} is null
        {%- endfor %}
{% endtest %}
