with

code_labels as (
    select * from {{ ref('code_labels') }}
),

stages as (
    select * from {{ ref('stages') }}
),

kinds as (
    select * from {{ ref('school_kinds') }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

counties as (
    select * from {{ ref('int_census__county') }}
),

check_states as (
    select * from {{ ref('check_states') }}
),

bridges as (
    select * from {{ ref('difference_bridges') }}
),

checks as (
    select * from {{ ref('int_checks__check') }}
),

sources as (
    select distinct  -- a source has a row for each of its checks
        source,
        source_zh
    from checks
),

school_years as (
    select distinct school_year  -- of the counties that delivered
    from counties
),

final as (
    select
        list,
        code,
        label_zh,
        label_en,
        display_order
    from code_labels
    union all
    select
        'stage' as list,
        stage as code,
        label_zh,
        label_en,
        display_order
    from stages
    union all
    select
        'school_kind' as list,
        kind_code as code,
        name_zh as label_zh,
        name_en as label_en,
        cast(row_number() over (order by kind_code) as integer) as display_order
    from kinds
    union all
    select
        'ruleset' as list,
        ruleset_id as code,
        name_zh as label_zh,
        name_en as label_en,
        cast(row_number() over (order by ruleset_id) as integer) as display_order
    from rule_sets
    union all
    select
        'check_state' as list,
        state as code,
        label_zh,
        label_en,
        rank as display_order
    from check_states
    union all
    select
        'difference_bridge' as list,
        bridge as code,
        label_zh,
        label_en,
        display_order
    from bridges
    union all
    select
        'source' as list,
        source as code,
        source_zh as label_zh,
        replace(source, '_', ' ') as label_en,
        cast(row_number() over (order by source) as integer) as display_order
    from sources
    union all
    select
        'school_year' as list,
        cast(school_year as {{ text_type() }}) as code,
        {{ school_year_label('school_year') }} as label_zh,
        cast(school_year as {{ text_type() }}) || '/' || right(cast(school_year + 1 as {{ text_type() }}), 2) as label_en,
        school_year as display_order
    from school_years
)

select * from final
