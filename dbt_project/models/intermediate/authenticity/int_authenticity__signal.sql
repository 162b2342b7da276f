{%- set kinds = [
    "jump", "round_numbers", "copied_rows", "last_digit", "impossible", "unchanged_premises",
] %}
with

{%- for kind in kinds %}

{{ kind }}_signals as (
    select * from {{ ref('int_authenticity_signal__' ~ kind) }}
),
{%- endfor %}

final as (
    {%- for kind in kinds %}
    select * from {{ kind }}_signals
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
