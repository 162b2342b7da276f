{#- The rows of a mart are what its readers take them for: `columns` name one row each (as in unique_grain), a code stands in its list of the
    seed code_labels (`codes`: list -> columns that hold one of it or nothing), the word for one too (`words`), and its county or school is there
    (`parents`: relation and the columns that it shares). One row for each fault: the columns, what stands in them, how often. -#}
{% test sound_rows(model, columns, may_be_empty=[], codes={}, words={}, parents=[]) %}
    select
        '{{ columns | join(", ") }}' as column_names,
        concat({{ columns | join(", ', ', ") }}, '') as found_value,
        row_count
    from ({{ test_unique_grain(model, columns, may_be_empty) }}) as repeated
    {%- for label, lists in [("code", codes), ("label_zh", words)] %}
    {%- for list, coded in lists.items() %}
    {%- for column in coded %}
    union all
    select
        '{{ column }}' as column_names,
        {{ column }} as found_value,
        count(*) as row_count
    from {{ model }}
    where
        {{ column }} is not null
        and {{ column }} not in (
            select labels.{{ label }} from {{ ref('code_labels') }} as labels where labels.list = '{{ list }}'
        )
    group by {{ column }}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
    {%- for parent in parents %}
    union all
    select
        '{{ parent.columns | join(", ") }}' as column_names,
        concat({{ parent.columns | join(", ', ', ") }}, '') as found_value,
        row_count
    from ({{ test_expect_parent_row(model, parent.to, parent.columns) }}) as orphans
    {%- endfor %}
{% endtest %}
