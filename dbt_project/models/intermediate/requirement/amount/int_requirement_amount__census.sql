with

school_figures as (
    select * from {{ ref('int_requirement__school_figure') }}
),

final as (
    select
        county_code,
        school_year,
        ruleset_id,
        'census' as source,
        item,
        'all' as stage,
        {{ sum_if_all_known('amount', 'decimal(28, 8)') }} as amount,
        cast(null as {{ text_type() }}) as reference_period,
        cast(null as {{ text_type() }}) as evidence
    from school_figures
    group by county_code, school_year, ruleset_id, item
)

select * from final
