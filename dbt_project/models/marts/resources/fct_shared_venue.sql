with

uses as (
    select * from {{ ref('int_venues__use') }}
),

venues as (
    select
        county_code,
        school_year,
        venue_no,
        min(venue_name) as venue_name,
        min(registered_with) as registered_with,
        {{ agreed('area_m2') }} as area_m2,
        coalesce(min(area_m2) <> max(area_m2), false) as area_differs,  -- no area: nothing to differ
        count(*) as user_count,
        count(case when is_claimed then 1 end) as claim_count,
        max(case when is_claimed and not is_set_aside then school_code end) as claiming_school_code,
        {{ joined_text("case when is_claimed then school_code end", '、', 'school_code') }} as claimed_by
    from uses
    group by county_code, school_year, venue_no
),

final as (
    select
        county_code,
        school_year,
        venue_no,
        venue_name,
        registered_with,
        area_m2,
        area_differs,
        cast(user_count as integer) as user_count,
        cast(claim_count as integer) as claim_count,
        claim_count > 1 as is_claimed_twice,
        claimed_by,
        case when claim_count = 1 then claiming_school_code end as counted_school_code
    from venues
)

select * from final
