with

areas as (
    select
        system,
        area_code,
        parent_code,
        name,
        level,
        valid_from_year,
        coalesce(valid_to_year, 9999) as valid_to_year
    from {{ ref('areas') }}
),

-- where nothing below an area may begin: with the area itself, and after each area below it
openings as (
    select
        system,
        area_code,
        name,
        valid_from_year,
        valid_to_year,
        valid_from_year as open_from_year
    from areas
    where level <> 'county'
    union distinct
    select
        areas.system,
        areas.area_code,
        areas.name,
        areas.valid_from_year,
        areas.valid_to_year,
        below.valid_to_year + 1 as open_from_year
    from areas
    inner join areas as below on areas.system = below.system and areas.area_code = below.parent_code
    where below.valid_to_year + 1 between areas.valid_from_year and areas.valid_to_year
),

undivided as (
    select
        openings.system,
        openings.area_code,
        openings.name,
        openings.open_from_year,
        coalesce(min(later.valid_from_year) - 1, openings.valid_to_year) as open_to_year
    from openings
    left join areas as below
        on
            openings.system = below.system
            and openings.area_code = below.parent_code
            and openings.open_from_year between below.valid_from_year and below.valid_to_year
    left join areas as later
        on
            openings.system = later.system
            and openings.area_code = later.parent_code
            and later.valid_from_year between openings.open_from_year and openings.valid_to_year
    where below.area_code is null
    group by openings.system, openings.area_code, openings.name, openings.open_from_year, openings.valid_to_year
),

final as (
    select
        system,
        area_code,
        name,
        valid_from_year,
        valid_to_year
    from areas
    where level = 'county'
    union all
    select
        system,
        area_code,
        name,
        open_from_year as valid_from_year,
        open_to_year as valid_to_year
    from undivided
)

select * from final
