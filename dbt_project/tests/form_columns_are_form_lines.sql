-- What: a column of 表Ⅱ-2 or 表Ⅲ that the seed form_lines does not know, or the other way round.
-- Why: the form would lack a line, or show one indicator under another's number.
-- How to resolve: make macros/forms.sql and seeds/forms/form_lines.csv agree.
with

columns_made as (
    {%- for form in ["II-2", "III"] %}
    {%- set outer = loop %}
    {%- for line, item_code in form_indicator_lines(form).items() %}
    select
        '{{ form }}' as form,
        '{{ line | upper }}' as line,
        '{{ item_code }}' as item_code
    {{ "union all" if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}
),

lines as (
    select
        form,
        line,
        item_code
    from {{ ref('form_lines') }}
    where form in ('II-2', 'III')
)

select
    coalesce(columns_made.form, lines.form) as form,
    coalesce(columns_made.line, lines.line) as line,
    columns_made.item_code as column_holds,
    lines.item_code as seed_says
from columns_made
full outer join lines using (form, line)
where columns_made.item_code is distinct from lines.item_code
