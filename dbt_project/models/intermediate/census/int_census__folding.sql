with recursive

schools as (
    select
        county_code,
        school_year,
        school_code,
        main_school_code,
        should_fold
    from {{ ref('int_census__school') }}
),

-- from unit to main school to that one's main school; `union` drops what is known, so a cycle ends
ancestors as (
    select
        county_code,
        school_year,
        school_code,
        main_school_code
    from schools
    where should_fold
    union
    select
        ancestors.county_code,
        ancestors.school_year,
        ancestors.school_code,
        schools.main_school_code
    from ancestors
    inner join schools
        on
            ancestors.county_code = schools.county_code
            and ancestors.school_year = schools.school_year
            and ancestors.main_school_code = schools.school_code
    where schools.should_fold
),

-- the one that does not fold itself; none (main school not delivered, or a cycle): the unit stands alone
final as (
    select
        ancestors.county_code,
        ancestors.school_year,
        ancestors.school_code,
        schools.school_code as main_school_code
    from ancestors
    inner join schools
        on
            ancestors.county_code = schools.county_code
            and ancestors.school_year = schools.school_year
            and ancestors.main_school_code = schools.school_code
    where not schools.should_fold
)

select * from final
