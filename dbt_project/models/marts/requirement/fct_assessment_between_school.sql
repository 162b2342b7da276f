with

schools as (
    select * from {{ ref('int_assessment__school') }}
),

subjects as (
    select * from {{ ref('int_assessment__subject') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

-- sums of squares between and within schools, of scores as shares of full marks
squares as (
    select
        county_code,
        school_year,
        assessment,
        grade,
        subject,
        {{ order_free_sum(
            squared(
                as_double("subjects.n_tested * schools.score_sum - schools.n_tested * subjects.score_sum")
                ~ " / " ~ as_double("subjects.n_tested * subjects.full_units")
            ) ~ " / " ~ as_double("schools.n_tested")
        ) }} as square_between,
        {{ order_free_sum(
            as_double("schools.n_tested * schools.square_sum - schools.score_sum * schools.score_sum")
            ~ " / " ~ as_double("schools.n_tested") ~ " / " ~ squared(as_double("subjects.full_units"))
        ) }} as square_within
    from schools
    inner join subjects using (county_code, school_year, assessment, grade, subject)
    where schools.n_tested > 0 and subjects.undecided_reason is null
    group by county_code, school_year, assessment, grade, subject
),

judged as (
    select
        subjects.*,
        squares.square_between,
        squares.square_within,
        case
            when subjects.undecided_reason is not null then subjects.undecided_reason
            when subjects.n_schools < 2 then 'too_few_schools'
            when subjects.n_tested = subjects.n_schools then 'one_pupil_per_school'
            when subjects.n_tested * subjects.square_sum = subjects.score_sum * subjects.score_sum then 'no_variation'
        end as variance_reason
    from subjects
    left join squares using (county_code, school_year, assessment, grade, subject)
),

-- effective size of unequal groups: (N - sum n_i^2 / N) / (k - 1)
mean_squares as (
    select
        *,
        square_between / {{ as_double('n_schools - 1') }} as mean_square_between,
        square_within / {{ as_double('n_tested - n_schools') }} as mean_square_within,
        {{ as_double('n_tested * n_tested - tested_square_sum') }} / {{ as_double('n_tested * (n_schools - 1)') }} as group_size
    from judged
    where variance_reason is null
),

final as (
    select
        judged.county_code,
        judged.school_year,
        judged.assessment,
        judged.grade,
        judged.subject,
        cast(judged.n_schools as bigint) as n_schools,
        cast(judged.n_tested as bigint) as n_tested,
        cast(judged.n_absent as bigint) as n_absent,
        cast(judged.rows_quarantined as bigint) as rows_quarantined,
        judged.full_marks,
        {{ as_decimal(
            "case when judged.undecided_reason is null then "
            ~ as_double('judged.score_sum') ~ " / " ~ as_double('judged.n_tested * judged.full_units') ~ " end", 18, 12
        ) }} as county_score_rate,
        {{ as_decimal('mean_squares.mean_square_between', 28, 12) }} as mean_square_between,
        {{ as_decimal('mean_squares.mean_square_within', 28, 12) }} as mean_square_within,
        {{ as_decimal('mean_squares.group_size', 28, 12) }} as effective_school_size,
        {{ as_decimal(
            "(mean_squares.mean_square_between - mean_squares.mean_square_within)"
            ~ " / (mean_squares.mean_square_between + (mean_squares.group_size - 1) * mean_squares.mean_square_within)", 18, 12
        ) }} as intraclass_correlation,
        {{ as_decimal('mean_squares.square_between / (mean_squares.square_between + mean_squares.square_within)', 18, 12) }}
            as eta_squared,
        judged.variance_reason as undecided_reason,
        labels.label_zh as estimate_label_zh
    from judged
    inner join labels on labels.list = 'estimate' and labels.code = 'county_own_test'
    left join mean_squares using (county_code, school_year, assessment, grade, subject)
)

select * from final
