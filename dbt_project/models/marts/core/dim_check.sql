with

given as (
    select * from {{ ref('int_checks__check') }}
),

requirements as (
    select * from {{ ref('dim_requirement') }}
),

derived_checks as (
    select * from {{ ref('derived_checks') }}
),

matters as (
    select * from {{ ref('requirement_matters') }}
),

review_items as (
    select * from {{ ref('review_items') }}
),

review_sources as (
    select * from {{ ref('review_sources') }}
),

today as (
    select * from {{ ref('int_ledger__today') }}
),

sources as (
    select distinct  -- a source has a row for each of its checks
        source,
        source_zh
    from given
),

derived as (
    select
        'county_items' as source,
        {{ requirement_engine('basis') }} as engine,
        {{ requirement_check_id('basis', 'ruleset_id', 'requirement_code', 'part') }} as check_id,
        coalesce(matters.matter_zh, requirements.name_zh) as subject_zh,
        requirements.name_en as subject_en,
        cast(null as {{ text_type() }}) as finding_zh,
        cast(null as {{ text_type() }}) as owner,
        requirements.source_document as rule_source
    from requirements
    left join matters using (requirement_code, part)
    union all
    select
        right_names.source,
        'review' as engine,
        'joint_review.' || review_items.item_code as check_id,
        review_items.name_zh as subject_zh,
        review_items.item_code as subject_en,
        review_items.disagree_zh as finding_zh,
        case
            when left_names.section_zh = right_names.section_zh then right_names.section_zh
            else left_names.section_zh || '、' || right_names.section_zh
        end as owner,
        review_items.rule_source
    from review_items
    inner join review_sources as left_names on review_items.left_source = left_names.review_source
    inner join review_sources as right_names on review_items.right_source = right_names.review_source
),

listed as (
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
        until,
        rule_source,
        contracts
    from given
    union all
    select
        derived.source,
        sources.source_zh,
        derived.check_id,
        derived.engine,
        'figure' as scope,
        derived_checks.severity,
        derived_checks.title_zh || '：' || derived.subject_zh as title_zh,
        derived_checks.title_en || ': ' || derived.subject_en as title_en,
        derived_checks.meaning_zh,
        derived_checks.why_zh,
        derived_checks.fix_zh,
        derived.owner,
        derived_checks.until,
        derived.rule_source,
        cast(null as {{ text_type() }}) as contracts
    from derived
    inner join derived_checks
        on
            derived.engine = derived_checks.engine
            and coalesce(derived.finding_zh, derived_checks.title_zh) = derived_checks.title_zh
    left join sources using (source)
),

final as (
    select
        listed.source,
        listed.source_zh,
        listed.check_id,
        listed.engine,
        listed.scope,
        listed.severity,
        listed.title_zh,
        listed.title_en,
        listed.meaning_zh,
        listed.why_zh,
        listed.fix_zh,
        listed.owner,
        listed.until,
        coalesce(listed.until < today.as_of, false) as is_past_until,  -- an error has no such day
        listed.rule_source,
        listed.contracts
    from listed
    cross join today
)

select * from final
