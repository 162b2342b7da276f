{#- The tests `unique_grain` that the yml of these models declares, asked together: a row for each that finds something, with its name and how many
    combinations. To dbt a test of its own costs more than the question; the audit gives each its outcome by name.
    The lists are written by `python -m devtools.grains`. -#}
{% macro grains_of(models) %}
    {%- set relations = {} %}
    {%- for name in models %}
    {%- do relations.update({"model." ~ project_name ~ "." ~ name: ref(name)}) %}
    {%- endfor %}
    {%- for node in (graph.nodes if execute else {}).values()
        if node.get("attached_node") in relations and node.test_metadata.name == "unique_grain" %}
    {%- set given = node.test_metadata.kwargs %}
    {{ "union all" if not loop.first }}
    select
        '{{ node.name }}' as test_name,
        count(*) as row_count
    from ({{ test_unique_grain(relations[node.attached_node], given.columns, given.get("may_be_empty", [])) }}) as repeated
    having count(*) > 0
    {%- endfor %}
{% endmacro %}
