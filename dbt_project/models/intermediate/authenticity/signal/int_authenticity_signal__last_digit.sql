with

rules as (
    select * from {{ ref('authenticity_rules') }}
),

figures as (
    select * from {{ ref('int_authenticity__figure') }}
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
        {{ as_double("sum((10 * times - figures) * (10 * times - figures)) + (10 - count(*)) * max(figures * figures)") }}
        / {{ as_double("10 * max(figures)") }} as chi_square
    from digits
    group by county_code, school_year
),

final as (
    select
        'last_digit' as rule_code,
        chi_squares.county_code,
        chi_squares.school_year,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        'all' as stage,
        cast(null as {{ text_type() }}) as subject_zh,
        {{ as_decimal('chi_squares.chi_square', 28, 4) }} as observed,
        rules.threshold as compared_with,
        {{ sentence(
            'frequent_last_digit', figures='cast(chi_squares.figures as ' ~ text_type() ~ ')',
            times='cast(chi_squares.most_times as ' ~ text_type() ~ ')'
        ) }} as evidence_zh
    from chi_squares
    inner join rules on rules.rule_code = 'last_digit' and chi_squares.figures >= rules.min_count
    where chi_squares.chi_square > rules.threshold
)

select * from final
