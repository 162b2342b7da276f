with

uses as (
    select * from {{ ref('int_venues__use') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

-- what all schools say of a venue together: an area that differs is unknown, one that two claim counts nowhere
venues as (
    select
        county_code,
        school_year,
        venue_no,
        {{ agreed('area_m2') }} as area_m2,
        count(case when is_claimed then 1 end) as claim_count
    from uses
    group by county_code, school_year, venue_no
),

final as (
    select
        uses.county_code,
        uses.school_year,
        uses.venue_no,
        uses.school_code,
        coalesce(folding.main_school_code, uses.school_code) as counted_school_code,
        uses.walk_minutes,
        {{ first_day_of_school_year('uses.school_year') }} as counted_on,
        coalesce(uses.is_claimed and not uses.is_set_aside and venues.claim_count = 1, false) as is_counted,
        case
            when uses.valid_from > {{ first_day_of_school_year('uses.school_year') }} then 'not_begun'
            when uses.valid_to < {{ first_day_of_school_year('uses.school_year') }} then 'expired'
            when uses.valid_from is null or uses.valid_to is null then 'open'
            else 'in_force'
        end as lease_state,
        venues.area_m2
    from uses
    inner join venues using (county_code, school_year, venue_no)
    left join folding using (county_code, school_year, school_code)
    where uses.use <> 'own'
)

select * from final
