with

children as (
    select * from {{ ref('int_births__row_in_force') }}
),

settings as (
    select * from {{ ref('figure_settings') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

classes as (
    select * from {{ ref('int_classes__class') }}
),

incomplete as (
    select * from {{ ref('int_lists__incomplete_school') }}
    where source = 'class_list'
),

registered as (
    select * from {{ ref('int_pupils__school_grade') }}
),

limits as (
    select * from {{ ref('rule_class_limits') }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

entry_age as (
    select value as entry_age
    from settings
    where setting = 'entry_age'
),

-- catchments of one school share its places; a catchment that names no school stands alone
entrants as (
    select
        children.county_code,
        children.school_year,
        children.school_year + entry_age.entry_age - children.age as entry_year,
        coalesce(children.school_code, children.catchment) as place_unit,
        max(children.school_code) as school_code,
        {{ joined_text('children.catchment', '、', 'children.catchment') }} as catchments,
        sum(children.children) as children,
        {{ sum_if_all_known('children.migrant_children', 'bigint') }} as migrant_children
    from children
    cross join entry_age
    where children.age <= entry_age.entry_age
    group by
        children.county_code,
        children.school_year,
        children.school_year + entry_age.entry_age - children.age,
        coalesce(children.school_code, children.catchment)
),

-- classes of the first grade; a class of several grades leaves them unknown
first_grades as (
    select
        classes.county_code,
        classes.school_year,
        classes.school_code,
        case
            when count(*) = count({{ integer_or_null('classes.grade') }})
                then count(case when {{ integer_or_null('classes.grade') }} = 1 then 1 end)
        end as grade1_classes
    from classes
    left join incomplete using (county_code, school_year, school_code)
    where incomplete.school_code is null and coalesce(classes.stage = 'primary', true)  -- no stage: it may be
    group by classes.county_code, classes.school_year, classes.school_code
),

registered_first_grades as (
    select
        county_code,
        school_year,
        school_code,
        pupils as grade1_pupils
    from registered
    where stage = 'primary' and grade = 1
),

class_limit as (
    select min(limits.class_limit) as class_limit
    from limits
    inner join rule_sets using (ruleset_id)
    where limits.stage = 'primary' and rule_sets.defines_school_scope
),

placed as (
    select
        entrants.*,
        schools.school_name,
        registered_first_grades.grade1_pupils,
        first_grades.grade1_classes,
        class_limit.class_limit,
        first_grades.grade1_classes * class_limit.class_limit as grade1_places
    from entrants
    cross join class_limit
    left join schools using (county_code, school_year, school_code)
    left join first_grades using (county_code, school_year, school_code)
    left join registered_first_grades using (county_code, school_year, school_code)
),

final as (
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        cast(entry_year as integer) as entry_year,
        place_unit,
        school_code,
        school_name,
        catchments,
        cast(children as bigint) as children,
        migrant_children,
        cast(grade1_pupils as bigint) as grade1_pupils,
        cast(grade1_classes as integer) as grade1_classes,
        class_limit,
        cast(grade1_places as bigint) as grade1_places,
        cast(grade1_places - children as bigint) as spare_places
    from placed
)

select * from final
