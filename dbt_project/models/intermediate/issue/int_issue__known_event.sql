{{ config(materialized='view') }}
with

given as (
    {%- for model in (
        'stg_ledger__issue_event', 'int_issue__finding_event', 'int_issue__inspection_event', 'int_issue__update_event',
    ) %}
    select * from {{ ref(model) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

units as (
    select * from {{ ref('int_issue__unit_text') }}
),

-- units under the names that they are known by
final as (
    select
        {%- for column in issue_event_columns() %}
        {%- if column in unit_columns() %}
        coalesce({{ column }}_names.unit_names, given.{{ column }}) as {{ column }}
        {%- else %}
        given.{{ column }}
        {%- endif %}
        {{- "," if not loop.last }}
        {%- endfor %}
    from given
    {%- for column in unit_columns() %}
    left join units as {{ column }}_names
        on given.county_code = {{ column }}_names.county_code and given.{{ column }} = {{ column }}_names.unit_text
    {%- endfor %}
)

select * from final
