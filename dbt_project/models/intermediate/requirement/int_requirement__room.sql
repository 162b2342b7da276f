{%- set place = ["county_code", "school_year", "ruleset_id", "school_code", "unit_code", "room_kind"] %}
with

units as (
    select * from {{ ref('int_requirement__unit') }}
),

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

unit_kinds as (
    {%- for kind in ["music", "art"] %}
    select
        county_code,
        school_year,
        ruleset_id,
        school_code,
        unit_code,
        '{{ kind }}' as room_kind,
        sector,
        is_head,
        cast({{ kind }}_rooms as bigint) as counted,
        {{ kind }}_room_areas_m2 as areas
    from units
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

listed as (
    select
        {{ place | join(", ") }},
        {{ exploded_list('areas', ';') }} as area_text
    from unit_kinds
    where areas is not null
),

-- rooms of a list: each with its area, unknown where it cannot be read
listed_rooms as (
    select
        {{ place | join(", ") }},
        {{ amount_or_null('area_text') }} as area_m2,
        cast(1 as bigint) as rooms,
        false as is_sufficient
    from listed
    where trim(area_text) <> ''
),

-- a room that is counted and not listed may be large enough or not
unlisted_rooms as (
    select
        {{ place | join(", ") }},
        cast(null as decimal(18, 4)) as area_m2,
        counted - {{ entry_count('areas') }} as rooms,
        false as is_sufficient
    from unit_kinds
    where counted > {{ entry_count('areas') }} and areas is not null
),

-- a count without a list is of rooms that are large enough; attached classes sit in the main school's rooms and have none
-- of their own
counted_rooms as (
    select
        {{ place | join(", ") }},
        cast(null as decimal(18, 4)) as area_m2,
        case when sector = 'attached' and not is_head then coalesce(counted, 0) else counted end as rooms,
        true as is_sufficient
    from unit_kinds
    where areas is null
),

-- a campus that only a refused file holds
withheld_rooms as (
    select distinct  -- a school may have several such campuses
        unit_kinds.county_code,
        unit_kinds.school_year,
        unit_kinds.ruleset_id,
        unit_kinds.school_code,
        withheld_schools.school_code as unit_code,
        unit_kinds.room_kind,
        cast(null as decimal(18, 4)) as area_m2,
        cast(null as bigint) as rooms,
        true as is_sufficient
    from unit_kinds
    inner join withheld_schools
        on
            unit_kinds.county_code = withheld_schools.county_code
            and unit_kinds.school_year = withheld_schools.school_year
            and unit_kinds.school_code = withheld_schools.main_school_code
),

final as (
    select * from listed_rooms
    union all
    select * from unlisted_rooms
    union all
    select * from counted_rooms
    union all
    select * from withheld_rooms
)

select * from final
