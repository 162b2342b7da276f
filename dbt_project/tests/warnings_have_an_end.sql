-- What: a warning without an owner or an end date, or an error with one.
-- Why: a warning that nobody has to settle by a day stays for ever.
-- How to resolve: give both to the check (expectations/catalogue, expectations/ingest_checks.yml,
-- seeds/checks/derived_checks.csv).
select
    source,
    check_id
from {{ ref('dim_check') }}
where (severity = 'warn') <> (owner is not null and until is not null)
