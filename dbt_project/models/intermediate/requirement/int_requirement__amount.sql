with

census_amounts as (
    select * from {{ ref('int_requirement_amount__census') }}
),

roster_amounts as (
    select * from {{ ref('int_requirement_amount__roster') }}
),

survey_amounts as (
    select * from {{ ref('int_requirement_amount__survey') }}
),

item_amounts as (
    select * from {{ ref('int_requirement_amount__item') }}
),

final as (
    select * from census_amounts
    union all
    select * from roster_amounts
    union all
    select * from survey_amounts
    union all
    select * from item_amounts
)

select * from final
