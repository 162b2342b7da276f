with

units as (
    select * from {{ ref('int_requirement__unit') }}
),

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

listed as (
    {%- for kind in ["music", "art"] %}
    select
        county_code,
        school_year,
        ruleset_id,
        school_code,
        unit_code,
        '{{ kind }}' as room_kind,
        {{ exploded_list(kind ~ '_room_areas_m2', ';') }} as area_text
    from units
    where {{ kind }}_room_areas_m2 is not null
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- rooms of a list: each with its area, unknown where it cannot be read
listed_rooms as (
    select
        county_code,
        school_year,
        ruleset_id,
        school_code,
        unit_code,
        room_kind,
        {{ amount_or_null('area_text') }} as area_m2,
        cast(1 as bigint) as rooms,
        false as is_sufficient
    from listed
    where trim(area_text) <> ''
),

-- a room that is counted and not listed may be large enough or not
unlisted_rooms as (
    {%- for kind in ["music", "art"] %}
    select
        county_code,
        school_year,
        ruleset_id,
        school_code,
        unit_code,
        '{{ kind }}' as room_kind,
        cast(null as decimal(18, 4)) as area_m2,
        cast({{ kind }}_rooms as bigint) - {{ entry_count(kind ~ '_room_areas_m2') }} as rooms,
        false as is_sufficient
    from units
    where {{ kind }}_rooms > {{ entry_count(kind ~ '_room_areas_m2') }} and {{ kind }}_room_areas_m2 is not null
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- a count without a list is of rooms that are large enough; attached classes sit in the main school's rooms and have none
-- of their own
counted_rooms as (
    {%- for kind in ["music", "art"] %}
    select
        county_code,
        school_year,
        ruleset_id,
        school_code,
        unit_code,
        '{{ kind }}' as room_kind,
        cast(null as decimal(18, 4)) as area_m2,
        case
            when sector = 'attached' and not is_head then coalesce(cast({{ kind }}_rooms as bigint), 0)
            else cast({{ kind }}_rooms as bigint)
        end as rooms,
        true as is_sufficient
    from units
    where {{ kind }}_room_areas_m2 is null
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- a campus that only a refused file holds
withheld_rooms as (
    {%- for kind in ["music", "art"] %}
    select distinct  -- a school may have several such campuses
        units.county_code,
        units.school_year,
        units.ruleset_id,
        units.school_code,
        withheld_schools.school_code as unit_code,
        '{{ kind }}' as room_kind,
        cast(null as decimal(18, 4)) as area_m2,
        cast(null as bigint) as rooms,
        true as is_sufficient
    from units
    inner join withheld_schools
        on
            units.county_code = withheld_schools.county_code
            and units.school_year = withheld_schools.school_year
            and units.school_code = withheld_schools.main_school_code
    {{ "union all" if not loop.last }}
    {%- endfor %}
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
