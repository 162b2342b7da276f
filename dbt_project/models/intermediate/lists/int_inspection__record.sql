with

records as (
    {{ rows_ever_accepted('stg_inspection__record') }}
),

subjects as (
    select * from {{ ref('monitoring_subjects') }}
),

taught_subjects as (
    select * from {{ ref('subjects') }}
),

-- a record that is delivered again is the later one
placed as (
    select
        *,
        row_number() over (
            partition by county_code, school_year, record_no
            order by source_night desc, submission_id desc, sheet asc, row_number desc
        ) as turn
    from records
),

final as (
    select
        placed.county_code,
        placed.school_year,
        placed.record_no,
        placed.inspected_on,
        placed.inspection_kind,
        placed.school_code,
        placed.school_name,
        placed.grade,
        placed.lessons_planned,
        placed.lessons_given,
        placed.problem,
        -- as teachers are listed by it: by its own name, or by one under which it is monitored
        coalesce(planned_as_taught.subject, planned_as_monitored.subject) as planned_subject,
        -- null where the record does not say both
        coalesce(planned.subject_code, trim(placed.subject_planned))
        <> coalesce(given.subject_code, trim(placed.subject_given)) as is_subject_changed
    from placed
    left join subjects as planned on trim(placed.subject_planned) = planned.written
    left join subjects as given on trim(placed.subject_given) = given.written
    left join taught_subjects as planned_as_taught on trim(placed.subject_planned) = planned_as_taught.label_zh
    left join taught_subjects as planned_as_monitored on planned.subject_code = planned_as_monitored.subject
    where placed.turn = 1
)

select * from final
