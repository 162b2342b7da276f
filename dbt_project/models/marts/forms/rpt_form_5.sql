with

requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

names as (
    select * from {{ ref('dim_requirement') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

final as (
    {{ lines_of_requirements('requirements', 'names', 'labels', 'quality') }}
)

select * from final
