with

scores as (
    select * from {{ ref('int_assessment__score') }}
),

-- whole numbers of ten-thousandths, so that sums of squares are exact
counted as (
    select
        *,
        {{ to_units('score', 4) }} as score_units
    from scores
),

final as (
    select
        county_code,
        school_year,
        assessment,
        grade,
        subject,
        school_code,
        count(score) as n_tested,
        count(case when is_absent then 1 end) as n_absent,
        max(score) as highest_score,
        sum(score_units) as score_sum,
        sum(score_units * score_units) as square_sum
    from counted
    group by county_code, school_year, assessment, grade, subject, school_code
)

select * from final
