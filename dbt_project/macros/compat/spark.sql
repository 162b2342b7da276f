{#-
    What dbt itself does otherwise on Spark. Types in the ymls are those of DuckDB: a text of any length is `varchar` there and `string` here.
-#}

{#- The type of a contract or seed in the words of Spark. -#}
{% macro spark_type(data_type) -%}
    {{ "string" if data_type == "varchar" else data_type }}
{%- endmacro %}

{% macro spark__cast(field, type) -%}
    cast({{ field }} as {{ spark_type(type) }})
{%- endmacro %}

{% macro spark__file_format_clause() -%}
    using parquet
{%- endmacro %}

{#- A build has a catalogue of its own. What stands under the name is an input of it, of which the name alone is dropped. -#}
{% materialization table, adapter="spark" %}
    {%- set made = this.incorporate(type="table") -%}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement("main") -%}
        {{ create_table_as(False, made, compiled_code) }}
    {%- endcall %}
    {{ return({"relations": [made]}) }}
{% endmaterialization %}

{% materialization view, adapter="spark" %}
    {%- set made = this.incorporate(type="view") -%}
    {% do drop_relation_if_exists(load_cached_relation(this)) %}
    {% call statement("main") -%}
        {{ get_create_view_as_sql(made, compiled_code) }}
    {%- endcall %}
    {{ return({"relations": [made]}) }}
{% endmaterialization %}

{#- Spark reads the CSV of a seed itself; an empty cell is null, as it is where dbt loads it row by row. -#}
{% macro spark__create_csv_table(model, agate_table) -%}
    {%- set types = model["config"]["column_types"] -%}
    {% call statement("seed_cells") -%}
        create or replace temporary view seed_{{ model["alias"] }} (
            {%- for column in agate_table.column_names %}{{ column }} string{{ ", " if not loop.last }}{% endfor -%}
        ) using csv options (
            path '{{ model["root_path"] }}/{{ model["original_file_path"] }}', header 'true', escape '"', multiLine 'true', encoding 'UTF-8'
        )
    {%- endcall %}
    {% call statement("seed_rows") -%}
        create table {{ this }} using parquet as
        select
            {%- for column in agate_table.column_names %}
            cast({{ column }} as {{ spark_type(types[column]) }}) as {{ column }}{{ "," if not loop.last }}
            {%- endfor %}
        from seed_{{ model["alias"] }}
    {%- endcall %}
    {{ return("") }}
{%- endmacro %}

{% macro spark__load_csv_rows(model, agate_table) -%}
    {{ return("") }}
{%- endmacro %}
