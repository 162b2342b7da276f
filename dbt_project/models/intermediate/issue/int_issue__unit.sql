with

issues as (
    select * from {{ ref('int_issue__issue') }}
    where not {{ is_restricted_origin('origin') }}
),

written as (
    select
        issue_id,
        'lead' as unit_role,
        {{ exploded_list('lead_unit', ';') }} as unit_zh
    from issues
    where lead_unit is not null
    union all
    select
        issue_id,
        'cooperating' as unit_role,
        {{ exploded_list('cooperating_units', ';') }} as unit_zh
    from issues
    where cooperating_units is not null
),

-- a unit that leads and helps leads
final as (
    select
        issue_id,
        unit_zh,
        max(unit_role) as unit_role
    from written
    where unit_zh <> ''
    group by issue_id, unit_zh
)

select * from final
