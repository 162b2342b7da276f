{%- set columns = [
    "county_code", "school_year", "school_code", "other_school_code", "stage", "subject_zh", "observed", "compared_with",
] %}
with

rules as (
    select * from {{ ref('authenticity_rules') }}
),

figures as (
    select * from {{ ref('int_authenticity__figure') }}
),

census as (
    select * from {{ ref('int_review__census') }}
),

measures as (
    select * from {{ ref('int_review__measure') }}
),

review_items as (
    select * from {{ ref('review_items') }}
),

ratios as (
    select * from {{ ref('authenticity_ratios') }}
),

predecessors as (
    select * from {{ ref('int_census__predecessor') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

jumps as (
    select
        'jump' as rule_code,
        here.county_code,
        here.school_year,
        here.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        here.stage,
        review_items.name_zh as subject_zh,
        cast(abs(here.value - before.value) * 100 / before.value as decimal(28, 4)) as observed,
        rules.threshold as compared_with,
        '上学年 ' || {{ number_text('before.value') }} || '，本学年 ' || {{ number_text('here.value') }} as evidence_zh
    from census as here
    inner join measures as before
        on
            here.county_code = before.county_code
            and here.school_year = before.school_year
            and here.school_code = before.school_code
            and here.stage = before.stage
            and here.measure = before.measure
            and before.source = 'last_year'
    inner join review_items on here.measure = review_items.right_measure and review_items.right_source = 'last_year'
    inner join rules on rules.rule_code = 'jump'
    -- a change of a few in a small school is none
    where
        before.value > 0
        and abs(here.value - before.value) >= rules.min_count
        and abs(here.value - before.value) * 100 > rules.threshold * before.value
),

round_numbers as (
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
),

-- a figure that half of the county has is no sign of copying
shared_values as (
    select
        county_code,
        school_year,
        item,
        value
    from figures
    group by county_code, school_year, item, value
    having count(*) between 2 and 5
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

copies as (
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
),

digits as (
    select
        county_code,
        school_year,
        last_digit,
        count(*) as times,
        sum(count(*)) over (partition by county_code, school_year) as figures
    from figures
    where last_digit is not null
    group by county_code, school_year, last_digit
),

-- a digit that never occurs misses all of its tenth
chi_squares as (
    select
        county_code,
        school_year,
        max(figures) as figures,
        max(times) as most_times,
        sum((times - figures / 10.0) * (times - figures / 10.0) / (figures / 10.0))
        + (10 - count(*)) * max(figures) / 10.0 as chi_square
    from digits
    group by county_code, school_year
),

last_digits as (
    select
        'last_digit' as rule_code,
        chi_squares.county_code,
        chi_squares.school_year,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        'all' as stage,
        cast(null as {{ text_type() }}) as subject_zh,
        cast(chi_squares.chi_square as decimal(28, 4)) as observed,
        rules.threshold as compared_with,
        cast(chi_squares.figures as {{ text_type() }})
        || ' 个数值，末位最多的数字出现 ' || cast(chi_squares.most_times as {{ text_type() }}) || ' 次'
            as evidence_zh
    from chi_squares
    inner join rules on rules.rule_code = 'last_digit' and chi_squares.figures >= rules.min_count
    where chi_squares.chi_square > rules.threshold
),

impossible as (
    select
        'impossible' as rule_code,
        above.county_code,
        above.school_year,
        above.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        above.stage,
        ratios.name_zh as subject_zh,
        cast(
            case
                when above.value > ratios.most * below.value then above.value / (ratios.most * below.value)
                else ratios.least * below.value / nullif(above.value, 0)
            end as decimal(28, 4)
        ) as observed,
        rules.threshold as compared_with,
        {{ number_text('above.value') }} || ' ÷ ' || {{ number_text('below.value') }} || '，应在 '
        || {{ number_text('ratios.least') }} || ' 至 ' || {{ number_text('ratios.most') }} || ' 之间' as evidence_zh
    from ratios
    inner join census as above on ratios.numerator = above.measure
    inner join census as below
        on
            ratios.denominator = below.measure
            and above.county_code = below.county_code
            and above.school_year = below.school_year
            and above.school_code = below.school_code
            and above.stage = below.stage
    inner join rules on rules.rule_code = 'impossible'
    where
        below.value > 0
        and (above.value > ratios.most * below.value or (above.value < ratios.least * below.value and above.value > 0))
),

-- of schools that go on under their code
unchanged as (
    select
        'unchanged_premises' as rule_code,
        here.county_code,
        here.school_year,
        here.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        'all' as stage,
        cast(null as {{ text_type() }}) as subject_zh,
        cast(here.value / before.value as decimal(28, 4)) as observed,
        rules.threshold as compared_with,
        '班数由 ' || {{ number_text('before.value') }} || ' 增至 ' || {{ number_text('here.value') }} || '，校舍面积均为 '
        || {{ number_text('schools.teaching_area_m2') }} as evidence_zh
    from census as here
    inner join predecessors using (county_code, school_year, school_code)
    inner join census as before
        on
            here.county_code = before.county_code
            and here.school_year = before.school_year + 1
            and here.school_code = before.school_code
            and here.measure = before.measure
    inner join schools
        on
            here.county_code = schools.county_code
            and here.school_year = schools.school_year
            and here.school_code = schools.school_code
    inner join schools as schools_before
        on
            before.county_code = schools_before.county_code
            and before.school_year = schools_before.school_year
            and before.school_code = schools_before.school_code
    inner join rules on rules.rule_code = 'unchanged_premises'
    where
        here.measure = 'classes_all'
        and predecessors.previous_school_code = here.school_code
        and before.value >= rules.min_count
        and here.value >= rules.threshold * before.value
        and schools.teaching_area_m2 = schools_before.teaching_area_m2
),

final as (
    {%- for cte in ["jumps", "round_numbers", "copies", "last_digits", "impossible", "unchanged"] %}
    select
        rule_code,
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        evidence_zh
    from {{ cte }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
