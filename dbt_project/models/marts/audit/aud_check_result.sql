with

check_results as (
    select * from {{ ref('int_checks__result') }}
),

requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

checks as (
    select * from {{ ref('dim_check') }}
),

-- what is found before a file is known for what it is belongs to no source
titles as (
    select
        source,
        check_id,
        title_zh
    from checks
    union all
    select
        cast(null as {{ text_type() }}) as source,
        check_id,
        min(title_zh) as title_zh
    from checks
    where engine = 'ingest'
    group by check_id
),

-- what the county states of itself against what is computed; the computed stands, so a difference stops nothing
declarations as (
    select
        'declaration' as engine,
        'declared_agrees.' || ruleset_id || '.' || requirement_code || '.' || part as check_id,
        'county_items' as source,
        cast(null as {{ text_type() }}) as submission_id,
        county_code,
        school_year,
        cast(null as integer) as night,
        'error' as severity,
        case when disagreement_zh is null then 'pass' else 'fail' end as status,
        case when disagreement_zh is null then '0' else '1' end as observed,
        '0' as expected,
        cast(1 as bigint) as rows_checked,
        cast(case when disagreement_zh is null then 0 else 1 end as bigint) as rows_failed,
        disagreement_zh as message_zh
    from requirements
    where is_declared
),

results as (
    select * from declarations
    union all
    select
        engine,
        check_id,
        source,
        submission_id,
        county_code,
        school_year,
        night,
        severity,
        status,
        observed,
        expected,
        rows_checked,
        rows_failed,
        cast(null as {{ text_type() }}) as message_zh
    from check_results
),

final as (
    select
        results.engine,
        results.check_id,
        titles.title_zh,
        results.source,
        results.submission_id,
        results.county_code,
        results.school_year,
        results.night,
        results.severity,
        results.status,
        results.observed,
        results.expected,
        results.rows_checked,
        results.rows_failed,
        results.message_zh
    from results
    left join titles on results.check_id = titles.check_id and coalesce(results.source, '') = coalesce(titles.source, '')
)

select * from final
