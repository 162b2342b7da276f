-- What: a venue whose area is counted at more than one school, or counted while two schools claim it.
-- Why: the county's sports area would be larger than what is built.
-- How to resolve: correct brg_venue_school; in the delivered list one school alone states 1 in 计入本校面积.
select
    venues.county_code,
    venues.school_year,
    venues.venue_no,
    count(uses.school_code) as counted_at
from {{ ref('fct_shared_venue') }} as venues
inner join {{ ref('brg_venue_school') }} as uses using (county_code, school_year, venue_no)
where uses.is_counted
group by venues.county_code, venues.school_year, venues.venue_no
having count(uses.school_code) > 1 or bool_or(venues.is_claimed_twice)
