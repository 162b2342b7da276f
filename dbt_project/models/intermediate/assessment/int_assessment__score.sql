with

candidates as (
    {{ source_rows_in_force('stg_assessment_scores__score', 'assessment_scores') }}
),

final as (
    select distinct  -- files of one night may repeat a pupil; they agree on school and scores
        county_code,
        school_year,
        assessment,
        grade,
        subject,
        school_code,
        pupil,
        score,
        is_absent
    from candidates
)

select * from final
