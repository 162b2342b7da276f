with

duties as (
    select * from {{ ref('int_responsibility__school') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

latest_years as (
    select
        county_code,
        school_code,
        max(school_year) as school_year
    from schools
    group by county_code, school_code
),

names as (
    select
        schools.county_code,
        schools.school_code,
        schools.school_name,
        schools.township
    from schools
    inner join latest_years using (county_code, school_year, school_code)
),

final as (
    select
        duties.county_code,
        duties.school_code,
        names.school_name,
        names.township,
        duties.school_year,
        duties.inspection_area,
        duties.inspector_post,
        duties.leader_post,
        duties.section as section_zh,
        duties.contact_unit,
        duties.contact_post,
        duties.source_document
    from duties
    left join names using (county_code, school_code)
)

select * from final
