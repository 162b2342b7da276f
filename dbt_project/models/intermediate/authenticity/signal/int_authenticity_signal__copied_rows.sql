with

rules as (
    select * from {{ ref('authenticity_rules') }}
),

figures as (
    select * from {{ ref('int_authenticity__figure') }}
),

-- a figure that half of the county has is no sign of copying
shared_values as (
    select
        figures.county_code,
        figures.school_year,
        figures.item,
        figures.value
    from figures
    inner join rules on rules.rule_code = 'copied_rows'
    group by figures.county_code, figures.school_year, figures.item, figures.value
    having count(*) between 2 and max(rules.most_schools)
),

shared_figures as (
    select figures.*
    from figures
    inner join shared_values using (county_code, school_year, item, value)
),

figure_counts as (
    select
        county_code,
        school_year,
        school_code,
        count(*) as figures
    from figures
    group by county_code, school_year, school_code
),

final as (
    select
        'copied_rows' as rule_code,
        first.county_code,
        first.school_year,
        first.school_code,
        second.school_code as other_school_code,
        'all' as stage,
        cast(null as {{ text_type() }}) as subject_zh,
        cast(count(*) as decimal(28, 4)) as observed,
        max(rules.threshold) as compared_with,
        {{ joined_text("first.name_zh || ' ' || " ~ number_text('first.value'), '、', 'first.item') }} as evidence_zh
    from shared_figures as first
    inner join shared_figures as second
        on
            first.county_code = second.county_code
            and first.school_year = second.school_year
            and first.item = second.item
            and first.value = second.value
            and first.school_code < second.school_code
    inner join figure_counts
        on
            first.county_code = figure_counts.county_code
            and first.school_year = figure_counts.school_year
            and first.school_code = figure_counts.school_code
    inner join rules on rules.rule_code = 'copied_rows' and figure_counts.figures >= rules.min_count
    group by first.county_code, first.school_year, first.school_code, second.school_code
    having count(*) >= max(rules.threshold)
)

select * from final
