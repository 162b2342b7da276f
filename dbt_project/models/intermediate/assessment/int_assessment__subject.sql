with

schools as (
    select * from {{ ref('int_assessment__school') }}
),

full_marks as (
    select * from {{ ref('stg_assessment_full_marks__subject') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

left_out as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

settings as (
    select * from {{ ref('assessment_settings') }}
),

minimum as (
    select cast(value as integer) as min_pupils
    from settings
    where setting = 'min_pupils'
),

full_marks_in_force as (
    select distinct  -- files of one night may repeat a subject; they agree on its full marks
        full_marks.county_code,
        full_marks.school_year,
        full_marks.assessment,
        full_marks.grade,
        full_marks.subject,
        full_marks.full_marks
    from full_marks
    inner join coverage
        on
            full_marks.submission_id = coverage.submission_id
            and full_marks.county_code = coverage.county_code
            and full_marks.school_year = coverage.school_year
            and coverage.source = 'assessment_full_marks'
    left join left_out
        on
            {{ is_same_row('full_marks', 'left_out') }}
    where left_out.submission_id is null
),

set_aside as (
    select
        coverage.county_code,
        coverage.school_year,
        sum(deliveries.rows_quarantined) as rows_quarantined
    from coverage
    inner join deliveries using (submission_id, delivery_night)
    where coverage.source = 'assessment_scores'
    group by coverage.county_code, coverage.school_year
),

totals as (
    select
        county_code,
        school_year,
        assessment,
        grade,
        subject,
        count(case when n_tested > 0 then 1 end) as n_schools,
        sum(n_tested) as n_tested,
        sum(n_absent) as n_absent,
        sum(n_tested * n_tested) as tested_square_sum,
        max(highest_score) as highest_score,
        sum(score_sum) as score_sum,
        sum(square_sum) as square_sum
    from schools
    group by county_code, school_year, assessment, grade, subject
),

final as (
    select
        totals.*,
        minimum.min_pupils,
        full_marks_in_force.full_marks,
        {{ to_units('full_marks_in_force.full_marks', 4) }} as full_units,
        set_aside.rows_quarantined,
        case
            when full_marks_in_force.full_marks is null then 'full_marks_missing'
            when totals.highest_score > full_marks_in_force.full_marks then 'score_above_full_marks'
            when totals.n_tested < minimum.min_pupils then 'too_few_pupils'
        end as undecided_reason
    from totals
    cross join minimum
    left join full_marks_in_force using (county_code, school_year, assessment, grade, subject)
    left join set_aside using (county_code, school_year)
)

select * from final
