with

schools as (
    select * from {{ ref('int_assessment__school') }}
),

subjects as (
    select * from {{ ref('int_assessment__subject') }}
),

census_schools as (
    select * from {{ ref('int_census__school') }}
),

critical_values as (
    select * from {{ ref('t_critical_values') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

tested as (
    select
        schools.*,
        subjects.n_tested as county_n_tested,
        subjects.score_sum as county_score_sum,
        subjects.min_pupils,
        subjects.full_marks,
        subjects.full_units,
        subjects.undecided_reason as subject_reason,
        min(case when schools.n_tested > 0 then schools.n_tested end) over (
            partition by
                schools.county_code, schools.school_year, schools.assessment, schools.grade, schools.subject
        ) as fewest_tested,
        -- pupils of the schools that are smaller
        sum(schools.n_tested) over (
            partition by
                schools.county_code, schools.school_year, schools.assessment, schools.grade, schools.subject
            order by schools.n_tested asc, schools.school_code asc
            rows between unbounded preceding and 1 preceding
        ) as n_tested_before
    from schools
    inner join subjects using (county_code, school_year, assessment, grade, subject)
),

-- the figures of the county and of all schools but a small one would give those of the small one: the withheld schools have
-- the minimum of pupils together
withheld as (
    select
        *,
        case
            when subject_reason is not null then subject_reason
            when n_tested < min_pupils then 'too_few_pupils'
            when fewest_tested < min_pupils and n_tested_before < min_pupils then 'protects_others'
        end as undecided_reason
    from tested
),

-- a county mean is of all pupils tested; a school's deviation is its own (n - 1)
measured as (
    select
        *,
        {{ as_double('score_sum') }} / {{ as_double('n_tested * full_units') }} as score_rate,
        {{ as_double('county_score_sum') }} / {{ as_double('county_n_tested * full_units') }} as county_score_rate,
        sqrt(
            {{ as_double('n_tested * square_sum - score_sum * score_sum') }}
            / {{ as_double('nullif(n_tested * (n_tested - 1), 0)') }}
        )
        / {{ as_double('full_units') }} as score_rate_sd
    from withheld
    where undecided_reason is null
),

degrees as (
    select
        measured.county_code,
        measured.school_year,
        measured.assessment,
        measured.grade,
        measured.subject,
        measured.school_code,
        max(critical_values.degrees_of_freedom) as degrees_of_freedom
    from measured
    inner join critical_values on critical_values.degrees_of_freedom <= measured.n_tested - 1
    group by
        measured.county_code,
        measured.school_year,
        measured.assessment,
        measured.grade,
        measured.subject,
        measured.school_code
),

intervals as (
    select
        measured.*,
        measured.score_rate - measured.county_score_rate as difference,
        {{ as_double('critical_values.critical_value') }} * measured.score_rate_sd / sqrt({{ as_double('measured.n_tested') }})
            as half_width
    from measured
    left join degrees using (county_code, school_year, assessment, grade, subject, school_code)
    left join critical_values using (degrees_of_freedom)
),

final as (
    select
        withheld.county_code,
        withheld.school_year,
        withheld.assessment,
        withheld.grade,
        withheld.subject,
        withheld.school_code,
        census_schools.school_name,
        cast(withheld.n_tested as bigint) as n_tested,
        cast(withheld.n_absent as bigint) as n_absent,
        withheld.full_marks,
        {{ as_decimal('intervals.score_rate', 18, 12) }} as score_rate,
        {{ as_decimal('intervals.score_rate_sd', 18, 12) }} as score_rate_sd,
        {{ as_decimal('intervals.county_score_rate', 18, 12) }} as county_score_rate,
        {{ as_decimal('intervals.difference', 18, 12) }} as difference,
        {{ as_decimal('intervals.difference - intervals.half_width', 18, 12) }} as difference_low,
        {{ as_decimal('intervals.difference + intervals.half_width', 18, 12) }} as difference_high,
        abs(intervals.difference) > intervals.half_width as is_distinguishable,
        withheld.undecided_reason,
        labels.label_zh as estimate_label_zh
    from withheld
    inner join labels on labels.list = 'estimate' and labels.code = 'county_own_test'
    left join intervals using (county_code, school_year, assessment, grade, subject, school_code)
    left join census_schools
        on
            withheld.county_code = census_schools.county_code
            and withheld.school_year = census_schools.school_year
            and withheld.school_code = census_schools.school_code
)

select * from final
