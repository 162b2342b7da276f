{%- set kinds = ["last_year", "list", "census_sum", "county_item"] %}
with

census as (
    select * from {{ ref('int_review__census') }}
),

items_asked as (
    select * from {{ ref('review_items') }}
),
{%- for kind in kinds %}

{{ kind }}_measures as (
    select * from {{ ref('int_review_measure__' ~ kind) }}
),
{%- endfor %}

measures_asked as (
    select
        left_source as source,
        left_measure as measure
    from items_asked
    union
    select
        right_source as source,
        right_measure as measure
    from items_asked
),

measures as (
    select
        'census' as source,
        county_code,
        school_year,
        school_code,
        stage,
        measure,
        value,
        cast(null as {{ text_type() }}) as undecided_reason
    from census
    {%- for kind in kinds %}
    union all
    select * from {{ kind }}_measures
    {%- endfor %}
),

final as (
    select
        measures.source,
        measures.county_code,
        measures.school_year,
        measures.school_code,
        measures.stage,
        measures.measure,
        cast(measures.value as decimal(28, 8)) as value,
        measures.undecided_reason
    from measures
    inner join measures_asked using (source, measure)
)

select * from final
