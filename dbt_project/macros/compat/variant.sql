{#-
    The variant of a macro for the engine that the project is compiled for: the adapter's, or the one that the variable target_dialect names
    where the SQL of an engine is wanted without its adapter (tests/unit/dbt/test_portable.py), which adapter.dispatch cannot give.
    Everything in which engines differ stands in this folder, as <engine>__<macro> beside default__<macro>.
-#}
{% macro variant(name) -%}
    {{ return(context.get(var("target_dialect", target.type) ~ "__" ~ name) or context["default__" ~ name]) }}
{%- endmacro %}
