with

checks as (
    select * from {{ ref('dim_check') }}
),

county_sources as (
    select * from {{ ref('int_checks__county_source') }}
),

deliveries as (
    select * from {{ ref('int_checks__delivery') }}
),

submission_checks as (
    select * from {{ ref('int_checks__submission') }}
),

requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

reviews as (
    select * from {{ ref('fct_joint_review') }}
),

review_sources as (
    select * from {{ ref('review_sources') }}
),

-- checks of files, of what nobody delivered
undelivered as (
    select
        county_sources.county_code,
        county_sources.school_year,
        county_sources.source,
        checks.check_id,
        case when county_sources.is_owed then 'no_data' else 'not_applicable' end as state,
        case when county_sources.is_owed then 'not_delivered' else 'not_owed' end as reason,
        cast(null as bigint) as rows_checked,
        cast(null as bigint) as rows_failed
    from county_sources
    inner join checks using (source)
    where
        county_sources.submissions = 0
        and (checks.engine = 'sql' or (checks.engine = 'ingest' and county_sources.is_owed))
),

delivered as (
    select
        deliveries.county_code,
        deliveries.school_year,
        deliveries.source,
        submission_checks.check_id,
        submission_checks.state,
        submission_checks.reason,
        submission_checks.rows_checked,
        submission_checks.rows_failed
    from deliveries
    inner join submission_checks using (source, submission_id, night)
),

asked as (
    select
        county_code,
        school_year,
        'county_items' as source,
        {{ requirement_check_id('basis', 'ruleset_id', 'requirement_code', 'part') }} as check_id,
        case
            when basis = 'declared' and declared_verdict is null then 'no_data'
            when basis = 'declared' then 'manual'
            when not is_declared then 'not_applicable'
            when disagreement_zh is null then 'pass'
            else 'fail'
        end as state,
        case
            when basis = 'declared' and declared_verdict is null then 'not_stated'
            when basis <> 'declared' and not is_declared then 'not_stated'
        end as reason,
        cast(null as bigint) as rows_checked,
        cast(null as bigint) as rows_failed
    from requirements
),

reviewed as (
    select
        reviews.county_code,
        reviews.school_year,
        review_sources.source,
        'joint_review.' || reviews.item_code as check_id,
        case
            when reviews.state = 'agree' then 'pass'
            -- whether a source is owed is said by the checks of its files
            when reviews.reason in ('left_not_delivered', 'right_not_delivered') then 'not_applicable'
            else 'warn'
        end as state,
        case when reviews.reason in ('left_not_delivered', 'right_not_delivered') then 'one_side_only' end as reason,
        cast(1 as bigint) as rows_checked,
        cast(case when reviews.state = 'agree' then 0 else 1 end as bigint) as rows_failed
    from reviews
    inner join review_sources on reviews.right_source = review_sources.review_source
),

-- figures that neither of two sources states
unreviewed as (
    select
        county_sources.county_code,
        county_sources.school_year,
        county_sources.source,
        checks.check_id,
        'not_applicable' as state,
        'neither_stated' as reason,
        cast(null as bigint) as rows_checked,
        cast(null as bigint) as rows_failed
    from county_sources
    inner join checks using (source)
    left join reviewed using (county_code, school_year, source, check_id)
    where checks.engine = 'review' and reviewed.check_id is null
),

results as (
    select * from undelivered
    union all
    select * from delivered
    union all
    select * from asked
    union all
    select * from reviewed
    union all
    select * from unreviewed
),

-- a warning whose day has passed, and nobody made it an error or dropped it
dated as (
    select
        results.county_code,
        results.school_year,
        results.source,
        results.check_id,
        case when results.state = 'warn' and checks.is_past_until then 'fail' else results.state end as state,
        case when results.state = 'warn' and checks.is_past_until then 'past_until' else results.reason end as reason,
        results.rows_checked,
        results.rows_failed
    from results
    inner join checks using (source, check_id)
),

folded as (
    {{ folded_states('dated', ['county_code', 'school_year', 'source', 'check_id']) }}
),

-- reasons and rows of those that gave the state, and of all
counted as (
    select
        dated.county_code,
        dated.school_year,
        dated.source,
        dated.check_id,
        folded.state,
        folded.is_red,
        min(case when dated.state = folded.state then dated.reason end) as reason,
        sum(dated.rows_checked) as rows_checked,
        sum(dated.rows_failed) as rows_failed
    from dated
    inner join folded using (county_code, school_year, source, check_id)
    group by
        dated.county_code, dated.school_year, dated.source, dated.check_id, folded.state, folded.is_red
),

final as (
    select
        counted.county_code,
        counted.school_year,
        counted.source,
        counted.check_id,
        counted.state,
        counted.is_red,
        counted.reason,
        coalesce(county_sources.is_owed, false) as is_owed,  -- a county of which nothing lies there any more owes nothing here
        checks.engine,
        checks.severity,
        coalesce(county_sources.submissions, 0) as submissions,  -- as above
        cast(counted.rows_checked as bigint) as rows_checked,
        cast(counted.rows_failed as bigint) as rows_failed
    from counted
    inner join checks using (source, check_id)
    left join county_sources using (county_code, school_year, source)
)

select * from final
