with

uses as (
    select * from {{ ref('int_venues__use') }}
),

venues as (
    select * from {{ ref('fct_shared_venue') }}
),

leases as (
    select * from {{ ref('int_venues__lease') }}
),

final as (
    select
        uses.county_code,
        uses.school_year,
        uses.venue_no,
        uses.school_code,
        uses.school_name,
        uses.use,
        uses.is_claimed,
        uses.is_set_aside,
        coalesce(uses.school_code = venues.counted_school_code, false) as is_counted,  -- counted nowhere: not here either
        case when uses.school_code = venues.counted_school_code then venues.area_m2 end as counted_area_m2,
        uses.walk_minutes,
        uses.source_document,
        uses.valid_from,
        uses.valid_to,
        leases.lease_state,
        uses.note
    from uses
    inner join venues using (county_code, school_year, venue_no)
    left join leases using (county_code, school_year, venue_no, school_code)
)

select * from final
