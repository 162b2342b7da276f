with

checks as (
    select * from {{ source('run', 'check') }}
),

final as (
    select
        source,
        source_zh,
        check_id,
        engine,
        scope,
        severity,
        title_zh,
        title_en,
        meaning_zh,
        why_zh,
        fix_zh,
        owner,
        cast(until as date) as until,
        rule_source,
        contracts,
        rules_version
    from checks
)

select * from final
