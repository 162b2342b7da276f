-- What: an accepted submission without a result of a check of the rules of this build that holds for its contract.
-- Why: a check that did not run has shown nothing, and the file is in force all the same.
-- How to resolve: run the night again; when it stays, the gate leaves the check out (expectations/gate.py).
{{ config(group='audit') }}
with

-- of the index too, so that it is built before it is found wanting
counties as (
    select
        source,
        check_id,
        count(*) as counties
    from {{ ref('aud_check_index') }}
    where reason = 'missing_result'
    group by source, check_id
)

select
    submission_checks.source,
    submission_checks.submission_id,
    submission_checks.check_id,
    counties.counties
from {{ ref('int_checks__submission') }} as submission_checks
left join counties using (source, check_id)
where submission_checks.reason = 'missing_result' and submission_checks.is_by_present_rules
