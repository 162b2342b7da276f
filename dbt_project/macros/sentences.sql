{#- A sentence for people: the text of `key` in vars.yml, with an expression of SQL for each of its placeholders. -#}
{% macro sentence(key) -%}
    {%- set parts = [] -%}
    {%- for part in modules.re.split("(\\{\\w+\\})", var("sentences")[key]) if part -%}
        {%- do parts.append(kwargs[part[1:-1]] if part.startswith("{") else "'" ~ (part | replace("'", "''")) ~ "'") -%}
    {%- endfor -%}
    {{ parts | join(" || ") }}
{%- endmacro %}
