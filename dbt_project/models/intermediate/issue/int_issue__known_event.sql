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

final as (
    select {{ event_columns_with_known_units('given') }}
    from given
    left join units as actor_unit_names
        on given.county_code = actor_unit_names.county_code and given.actor_unit = actor_unit_names.unit_text
    left join units as lead_unit_names
        on given.county_code = lead_unit_names.county_code and given.lead_unit = lead_unit_names.unit_text
    left join units as cooperating_units_names
        on given.county_code = cooperating_units_names.county_code and given.cooperating_units = cooperating_units_names.unit_text
)

select * from final
