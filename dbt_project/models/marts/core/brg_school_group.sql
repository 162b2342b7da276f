with

members as (
    select * from {{ ref('int_school_groups__row_in_force') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

groups as (
    select
        county_code,
        school_year,
        group_name,
        count(*) as member_count,
        {{ agreed("case when role = 'lead' then school_code end") }} as lead_school_code
    from members
    group by county_code, school_year, group_name
),

memberships as (
    select
        county_code,
        school_year,
        school_code,
        count(*) as group_count
    from members
    group by county_code, school_year, school_code
),

final as (
    select
        members.county_code,
        members.school_year,
        members.group_name,
        members.school_code,
        schools.school_name,
        members.role,
        groups.lead_school_code,
        cast(groups.member_count as integer) as member_count,
        cast(memberships.group_count as integer) as group_count,
        members.joined_on,
        members.source_document,
        members.note
    from members
    inner join groups using (county_code, school_year, group_name)
    inner join memberships using (county_code, school_year, school_code)
    left join schools using (county_code, school_year, school_code)
)

select * from final
