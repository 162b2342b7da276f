with

scorecards as (
    select * from {{ ref('rpt_county_scorecard') }}
),

final as (
    select * from scorecards
)

select * from final
