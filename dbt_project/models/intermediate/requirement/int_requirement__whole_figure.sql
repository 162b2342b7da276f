{%- set part = ["county_code", "school_year", "ruleset_id", "requirement_code", "part"] %}
with

figures as (
    select * from {{ ref('int_requirement__figure') }}
),

parts as (
    select distinct {{ part | join(", ") }}  -- each source has a row
    from figures
),

whole_figures as (
    select
        *,
        row_number() over (
            partition by {{ part | join(", ") }}
            order by precedence
        ) as place
    from figures
    where numerator is not null
),

chosen as (
    select *
    from whole_figures
    where place = 1
),

county_figures as (
    select *
    from figures
    where source = 'items'
),

final as (
    select
        {{ part | join(", ") }},
        chosen.source,
        chosen.numerator,
        chosen.denominator,
        chosen.evidence,
        chosen.reference_period,
        county_figures.numerator as county_numerator,
        county_figures.denominator as county_denominator,
        county_figures.missing_zh as county_missing_zh
    from parts
    left join chosen using ({{ part | join(", ") }})
    left join county_figures using ({{ part | join(", ") }})
)

select * from final
