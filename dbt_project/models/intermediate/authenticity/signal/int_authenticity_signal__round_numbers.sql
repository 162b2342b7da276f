with

rules as (
    select * from {{ ref('authenticity_rules') }}
),

figures as (
    select * from {{ ref('int_authenticity__figure') }}
),

final as (
    select
        'round_numbers' as rule_code,
        figures.county_code,
        figures.school_year,
        figures.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        'all' as stage,
        cast(null as {{ text_type() }}) as subject_zh,
        cast(count(case when figures.is_round then 1 end) as decimal(28, 4)) as observed,
        max(rules.threshold) as compared_with,
        {{ joined_text(
            "case when figures.is_round then figures.name_zh || ' ' || " ~ number_text('figures.value') ~ " end", '、', 'figures.item'
        ) }}
            as evidence_zh
    from figures
    inner join rules on rules.rule_code = 'round_numbers'
    group by figures.county_code, figures.school_year, figures.school_code
    having
        count(*) >= max(rules.min_count)
        and count(case when figures.is_round then 1 end) >= max(rules.threshold)
)

select * from final
