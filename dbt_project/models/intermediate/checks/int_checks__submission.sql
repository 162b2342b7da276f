with

deliveries as (
    select * from {{ ref('int_checks__delivery') }}
),

checks as (
    select * from {{ ref('stg_run__check') }}
),

results as (
    select * from {{ ref('stg_ledger__check_result') }}
),

submissions as (
    select distinct  -- a file of many counties is judged once
        source,
        submission_id,
        night,
        contract,
        rules_version,
        is_accepted
    from deliveries
),

-- all of its rows were read and accounted for: nothing that ingest looks for was left out
read_to_the_end as (
    select distinct  -- a row for each check that was made of it
        submission_id,
        night
    from results
    where check_id = 'rows_accounted'
),

joined as (
    select
        submissions.source,
        submissions.submission_id,
        submissions.night,
        checks.check_id,
        submissions.is_accepted,
        submissions.rules_version = checks.rules_version as is_by_present_rules,
        checks.engine,
        results.status,
        results.rows_checked,
        results.rows_failed,
        read_to_the_end.submission_id is not null as is_read,
        coalesce({{ is_listed('submissions.contract', 'checks.contracts') }}, true) as is_for_contract
    from submissions
    inner join checks using (source)
    left join results
        on
            submissions.submission_id = results.submission_id
            and submissions.night = results.night
            and checks.engine = results.engine
            and checks.check_id = results.check_id
    left join read_to_the_end
        on submissions.submission_id = read_to_the_end.submission_id and submissions.night = read_to_the_end.night
),

judged as (
    select
        *,
        case
            when status = 'no_data' then 'nothing_to_check'
            when status is not null then null
            when not is_for_contract then 'other_contract'
            -- ingest writes down what it finds, not what it does not find
            when engine = 'ingest' and is_read then null
            when not is_accepted then 'refused_before'
            else 'missing_result'
        end as reason
    from joined
),

final as (
    select
        source,
        submission_id,
        night,
        check_id,
        case
            when reason in ('nothing_to_check', 'other_contract') then 'not_applicable'
            when reason is not null then 'did_not_run'
            when status is null then 'pass'
            else status
        end as state,
        case when status = 'did_not_run' then 'refused_before' else reason end as reason,
        is_by_present_rules,
        rows_checked,
        rows_failed
    from judged
)

select * from final
