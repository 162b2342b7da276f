with

results as (
    select * from {{ ref('stg_monitoring__result') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

left_out as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

subjects as (
    select * from {{ ref('monitoring_subjects') }}
),

scopes as (
    select * from {{ ref('monitoring_scopes') }}
),

in_force as (
    select
        results.*,
        row_number() over (
            partition by
                results.county_code,
                results.scope,
                results.monitoring_year,
                results.grade,
                results.subject,
                results.measure
            order by
                coverage.delivery_night desc,
                case when results.source_document is null then 1 else 0 end asc,
                results.source_document asc,
                results.submission_id asc,
                results.row_number asc
        ) as preference
    from results
    inner join coverage
        on
            results.submission_id = coverage.submission_id
            and results.county_code = coverage.county_code
            and results.monitoring_year = coverage.school_year
            and coverage.source = 'monitoring_result'
    left join left_out
        on
            {{ is_same_row('results', 'left_out') }}
    where left_out.submission_id is null
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
