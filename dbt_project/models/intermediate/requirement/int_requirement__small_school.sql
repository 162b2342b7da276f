with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

small_schools as (
    {{ rows_with_base('rule_small_schools', [], ['pupils_below', 'funded_pupils', 'private_sponsor_codes']) }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
    where setting = 'small_school_private' and value = 'left_out'
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

school_items as (
    select * from {{ ref('int_requirement__school_item') }}
),

-- unknown pupils can only make a school larger: it is no small one as soon as the known ones are enough. A teaching point counts,
-- whoever runs it.
candidates as (
    select
        scope.county_code,
        scope.school_year,
        scope.school_code,
        scope.ruleset_id,
        small_schools.funded_pupils,
        schools.public_funds_allocated_yuan,
        schools.pupils_primary is not null and schools.pupils_junior is not null as is_complete,
        settings.ruleset_id is not null and schools.sector <> 'teaching_point' and schools.sponsor_code is null as may_be_private,
    {%- for stage in compulsory_stages() %}
    schools.pupils_{{ stage }} is null or schools.pupils_{{ stage }} > 0 as has_{{ stage }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from scope
    inner join schools using (county_code, school_year, school_code)
    inner join small_schools using (ruleset_id)
    left join settings on scope.ruleset_id = settings.ruleset_id
    where
        coalesce(schools.pupils_primary, 0) + coalesce(schools.pupils_junior, 0) < small_schools.pupils_below
        and not (
            settings.ruleset_id is not null
            and schools.sector <> 'teaching_point'
            and coalesce({{ is_listed('schools.sponsor_code', 'small_schools.private_sponsor_codes') }}, false)
        )
),

-- of several periods, the latest
quota_periods as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        value as quota,
        row_number() over (
            partition by county_code, school_year, school_code, stage
            order by reference_period desc nulls last
        ) as place
    from items
    where item_code = 'G6.quota' and value is not null and (unit_code is null or unit_code = school_code)
),

quotas as (
    select *
    from quota_periods
    where place = 1
),

allocated_periods as (
    select
        county_code,
        school_year,
        school_code,
        value,
        row_number() over (partition by county_code, school_year, school_code order by reference_period desc nulls last) as place
    from school_items
    where item_code = 'G6.allocated' and value is not null
),

-- the school's own quota before the county's, one of the stage before one of all
stage_quotas as (
    {%- for stage in compulsory_stages() %}
    select
        candidates.county_code,
        candidates.school_year,
        candidates.school_code,
        candidates.ruleset_id,
        coalesce(
            max(case when quotas.school_code is not null and quotas.stage = '{{ stage }}' then quotas.quota end),
            max(case when quotas.school_code is not null and quotas.stage = 'all' then quotas.quota end),
            max(case when quotas.school_code is null and quotas.stage = '{{ stage }}' then quotas.quota end),
            max(case when quotas.school_code is null and quotas.stage = 'all' then quotas.quota end)
        ) as quota
    from candidates
    left join quotas
        on
            candidates.county_code = quotas.county_code
            and candidates.school_year = quotas.school_year
            and (quotas.school_code is null or candidates.school_code = quotas.school_code)
    where candidates.has_{{ stage }}
    group by candidates.county_code, candidates.school_year, candidates.school_code, candidates.ruleset_id
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- a school of two stages: the higher quota
school_quotas as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        case when count(*) = count(quota) then max(quota) end as quota
    from stage_quotas
    group by county_code, school_year, school_code, ruleset_id
),

measured as (
    select
        candidates.*,
        coalesce(allocated.value, candidates.public_funds_allocated_yuan) as allocated,
        candidates.funded_pupils * school_quotas.quota as needed
    from candidates
    inner join school_quotas using (county_code, school_year, school_code, ruleset_id)
    left join allocated_periods as allocated
        on
            candidates.county_code = allocated.county_code
            and candidates.school_year = allocated.school_year
            and candidates.school_code = allocated.school_code
            and allocated.place = 1
),

-- one that is private does not count, so what only a public one would miss is not decided
judged as (
    select
        *,
        case
            when not is_complete then 'undecided'
            when may_be_private and allocated < needed then 'undecided'
            else {{ verdict_if('allocated >= needed') }}
        end as verdict
    from measured
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        'G6' as requirement_code,
        'all' as part,
        cast(allocated as decimal(38, 12)) as value,
        cast(needed as decimal(38, 12)) as threshold,
        cast(null as decimal(38, 12)) as relaxed_value,
        cast(null as decimal(38, 12)) as relaxed_threshold,
        verdict,
        verdict as verdict_strict,
        cast(null as {{ text_type() }}) as relaxation_code,
        case
            when verdict <> 'undecided' then null
            when not is_complete then {{ sentence('waits_for_pupils') }}
            when allocated is null and needed is null then {{ sentence('waits_for_allocation_and_quota') }}
            when allocated is null then {{ sentence('waits_for_allocation') }}
            when needed is null then {{ sentence('waits_for_quota') }}
            else {{ sentence('waits_for_sponsor') }}
        end as waiting_for_zh
    from judged
)

select * from final
