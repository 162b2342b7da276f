with

schools as (
    select * from {{ ref('int_balance__school') }}
),

amounts as (
    select * from {{ ref('int_requirement__amount') }}
),

sums as (
    select
        county_code,
        {%- for item, figure in form_1_sums().items() %}
        {{ sum_if_all_known(figure, "decimal(28, 8)") }} as {{ figure }},
        {%- endfor %}
        school_year
    from schools
    group by county_code, school_year
),

-- teachers added up as the requirements do; where rule sets count other schools there is no one sum
teacher_sums as (
    select
        county_code,
        school_year,
        item,
        {{ agreed('amount') }} as value
    from amounts
    where source = 'census' and stage = 'all'
    group by county_code, school_year, item
),

measures as (
    {%- for figure in form_1_sums().values() %}
    select
        county_code,
        school_year,
        '{{ figure }}' as measure,
        {{ figure }} as value
    from sums
    union all
    {%- endfor %}
    select
        county_code,
        school_year,
        item as measure,
        value
    from teacher_sums
),

final as (
    select
        'census_sum' as source,
        county_code,
        school_year,
        cast(null as {{ text_type() }}) as school_code,
        'all' as stage,
        measure,
        value,
        cast(null as {{ text_type() }}) as undecided_reason
    from measures
)

select * from final
