{#- A build writes a file of its own that nobody reads before it is audited. So a table or view is made where it is to lie; the second name,
    the two renamings and the drop, by which dbt spares readers the gap, are half of what a small model costs. -#}
{% materialization table, adapter="duckdb" %}
    {%- set made = this.incorporate(type="table") -%}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement("main") -%}
        {{ create_table_as(False, made, compiled_code) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({"relations": [made]}) }}
{% endmaterialization %}

{% materialization view, adapter="duckdb" %}
    {%- set made = this.incorporate(type="view") -%}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement("main") -%}
        {{ get_create_view_as_sql(made, compiled_code) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({"relations": [made]}) }}
{% endmaterialization %}
