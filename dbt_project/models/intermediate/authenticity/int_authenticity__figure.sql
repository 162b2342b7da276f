with

schools as (
    select * from {{ ref('int_census__school') }}
),

figures as (
    select * from {{ ref('authenticity_figures') }}
),

given as (
    {%- for item in authenticity_items() %}
    select
        county_code,
        school_year,
        school_code,
        '{{ item }}' as item,
        cast({{ item }} as decimal(28, 4)) as value
    from schools
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        given.county_code,
        given.school_year,
        given.school_code,
        given.item,
        figures.name_zh,
        given.value,
        mod(given.value, figures.round_to) = 0 as is_round,
        case when figures.counts_digits then cast(mod(floor(given.value), 10) as integer) end as last_digit
    from given
    inner join figures on given.item = figures.item and given.value >= figures.least_value
)

select * from final
