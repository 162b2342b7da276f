with

schools as (
    select * from {{ ref('int_balance__school') }}
),

census as (
    select * from {{ ref('int_census__school') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

urban_rural_areas as (
    select * from {{ ref('urban_rural_areas') }}
),

members as (
    select * from {{ ref('int_school_groups__row_in_force') }}
),

-- a unit that is counted with its main school brings that into the group; a school of two groups is in none for certain
memberships as (
    select
        members.county_code,
        members.school_year,
        coalesce(folding.main_school_code, members.school_code) as school_code,
        {{ agreed('members.group_name') }} as group_name
    from members
    left join folding using (county_code, school_year, school_code)
    group by members.county_code, members.school_year, coalesce(folding.main_school_code, members.school_code)
),

with_groups as (
    select distinct
        county_code,
        school_year
    from members
),

final as (
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        'area' as division,
        urban_rural_areas.area as part
    from schools
    left join urban_rural_areas using (urban_rural_code)
    union all
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        'township' as division,
        census.township as part
    from schools
    inner join census using (county_code, school_year, school_code)
    union all
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        'group' as division,
        case when memberships.school_code is null then 'none' else memberships.group_name end as part
    from schools
    inner join with_groups using (county_code, school_year)
    left join memberships using (county_code, school_year, school_code)
)

select * from final
