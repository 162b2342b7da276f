with

limits as (
    select * from {{ ref('int_requirement__room_limit') }}
),

rooms as (
    select * from {{ ref('int_requirement__room') }}
),

-- only rooms of sufficient area count; of an unreadable or missing one nobody knows
counts as (
    select
        limits.county_code,
        limits.school_year,
        limits.school_code,
        limits.ruleset_id,
        limits.room_kind,
        sum(case when rooms.is_sufficient or rooms.area_m2 >= limits.area_m2 then rooms.rooms else 0 end) as sufficient,
        sum(case when rooms.is_sufficient or rooms.area_m2 >= limits.relaxed_area_m2 then rooms.rooms else 0 end)
            as relaxed_sufficient,
        sum(case when not rooms.is_sufficient and rooms.area_m2 is null then rooms.rooms else 0 end) as unreadable,
        count(case when rooms.rooms is null then 1 end) as unknown_units
    from limits
    inner join rooms using (county_code, school_year, school_code, ruleset_id, room_kind)
    group by limits.county_code, limits.school_year, limits.school_code, limits.ruleset_id, limits.room_kind
),

-- pooled: music and art rooms together against one need
pooled as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        cast(sum(sufficient) as bigint) as sufficient,
        cast(sum(relaxed_sufficient) as bigint) as relaxed_sufficient,
        cast(sum(unreadable) as bigint) as unreadable,
        cast(sum(unknown_units) as bigint) as unknown_units
    from counts
    group by county_code, school_year, school_code, ruleset_id
),

judged as (
    select
        limits.*,
    {%- for column in ["sufficient", "relaxed_sufficient", "unreadable", "unknown_units"] %}
    case when limits.room_reading = 'pooled' then pooled.{{ column }} else counts.{{ column }} end as {{ column }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from limits
    inner join counts using (county_code, school_year, school_code, ruleset_id, room_kind)
    inner join pooled using (county_code, school_year, school_code, ruleset_id)
),

verdicts as (
    select
        *,
    {%- for verdict, count in [("verdict_strict", "sufficient"), ("relaxed_verdict", "relaxed_sufficient")] %}
    case
        when needed is null then 'undecided'
        when {{ count }} >= needed or needed = 0 then 'met'
        when unknown_units > 0 or {{ count }} + unreadable >= needed then 'undecided'
        else 'unmet'
    end as {{ verdict }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from judged
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        'G3' as requirement_code,
        part,
        cast(case when unknown_units = 0 then sufficient end as decimal(38, 12)) as value,
        cast(needed as decimal(38, 12)) as threshold,
        cast(
            case when relaxation_code is not null and unknown_units = 0 then relaxed_sufficient end
            as decimal(38, 12)
        ) as relaxed_value,
        cast(case when relaxation_code is not null then needed end as decimal(38, 12)) as relaxed_threshold,
        case when relaxation_code is not null then relaxed_verdict else verdict_strict end as verdict,
        verdict_strict,
        case when relaxed_verdict <> verdict_strict then relaxation_code end as relaxation_code,
        case
            when 'undecided' in (verdict_strict, relaxed_verdict)
                then case when needed is null then {{ sentence('waits_for_classes') }} else room_label end
        end as waiting_for_zh
    from verdicts
)

select * from final
