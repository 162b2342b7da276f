with

results as (
    {{ source_rows_in_force('stg_monitoring__result', 'monitoring_result', 'monitoring_year') }}
),

subjects as (
    select * from {{ ref('monitoring_subjects') }}
),

scopes as (
    select * from {{ ref('monitoring_scopes') }}
),

in_force as (
    select
        *,
        row_number() over (
            partition by county_code, scope, monitoring_year, grade, subject, measure
            order by
                delivery_night desc,
                case when source_document is null then 1 else 0 end asc,
                source_document asc,
                submission_id asc,
                row_number asc
        ) as preference
    from results
),

final as (
    select
        in_force.county_code,
        in_force.scope,
        in_force.monitoring_year,
        in_force.grade,
        in_force.subject,
        subjects.subject_code,
        in_force.measure,
        in_force.value,
        in_force.level,
        in_force.star,
        in_force.n_schools,
        in_force.n_pupils,
        in_force.source_document,
        scopes.precedence,
        scopes.is_official,
        scopes.is_evidence,
        in_force.submission_id,
        in_force.sheet,
        in_force.row_number
    from in_force
    inner join scopes using (scope)
    left join subjects on in_force.subject = subjects.written
    -- files of one night may repeat a record: they agree on its figures, and only the name of the document may differ
    where in_force.preference = 1
)

select * from final
