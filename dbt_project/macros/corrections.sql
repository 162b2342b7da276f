{#-
    The figures of the census that a correction may name, with the types of their columns: all that rules compute with. What
    says which school a row is, and of what kind, is corrected by delivering the file again.
-#}
{% macro correctable_items() %}
    {%- set items = {} -%}
    {%- for stage in pupil_stages() -%}{%- do items.update({"pupils_" ~ stage: "bigint"}) -%}{%- endfor -%}
    {%- for item in rule_items() + requirement_items() -%}{%- do items.update({item: "decimal(18, 4)"}) -%}{%- endfor -%}
    {{ return(items) }}
{% endmacro %}
