{#- Every row has its parent: the same values of `columns` (entity and year together) occur in `to`. -#}
{% test expect_parent_row(model, to, columns) %}
    {%- set grain = columns | join(", ") %}
    select
        {{ grain }},
        count(*) as row_count
    from {{ model }} as child
    where not exists (
        select 1
        from {{ to }} as parent
        where
            {%- for column in columns %}
            {{ "and " if not loop.first }}parent.{{ column }} = child.{{ column }}
            {%- endfor %}
    )
    group by {{ grain }}
{% endtest %}
