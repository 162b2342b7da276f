with recursive

schools as (
    select
        county_code,
        school_year,
        school_code,
        main_school_code,
        should_fold,
        sum(case when should_fold then 1 else 0 end) over (partition by county_code, school_year) as units
    from {{ ref('int_census__school') }}
),

-- from unit to main school to that one's main school; more steps than there are units that fold: a cycle, it ends
ancestors as (
    select
        county_code,
        school_year,
        school_code,
        main_school_code,
        1 as steps
    from schools
    where should_fold
    union all
    select
        ancestors.county_code,
        ancestors.school_year,
        ancestors.school_code,
        schools.main_school_code,
        ancestors.steps + 1 as steps
    from ancestors
    inner join schools
        on
            ancestors.county_code = schools.county_code
            and ancestors.school_year = schools.school_year
            and ancestors.main_school_code = schools.school_code
    where schools.should_fold and ancestors.steps < schools.units
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
