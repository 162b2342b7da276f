{%- set conditions = {
    "boarders": "is_boarder", "migrants": "is_migrant", "left_behind": "is_left_behind", "in_regular_class": "is_in_regular_class",
} %}
with

pupils as (
    select * from {{ ref('int_pupils__pupil') }}
),

incomplete as (
    select * from {{ ref('int_lists__incomplete_school') }}
    where source = 'pupil_registry'
),

-- a pupil whom two files of one night list is one; a fact of which they do not say the same is not known
persons as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        grade,
        {%- for fact in conditions.values() %}
        case when bool_and({{ fact }}) = bool_or({{ fact }}) then bool_or({{ fact }}) end as {{ fact }},
        {%- endfor %}
        person
    from pupils
    group by county_code, school_year, school_code, stage, grade, person
),

distinct_places as (
    select distinct
        county_code,
        school_year,
        person,
        school_code,
        stage,
        grade,
        class_name
    from pupils
),

-- a pupil in two places: not known where
places as (
    select
        county_code,
        school_year,
        person,
        count(*) as places
    from distinct_places
    group by county_code, school_year, person
),

classes as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        grade,
        class_name,
        count(distinct person) as pupils
    from pupils
    group by county_code, school_year, school_code, stage, grade, class_name
),

class_sizes as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        grade,
        case when count(*) = count(class_name) then count(*) end as classes,
        case when count(*) = count(class_name) then max(pupils) end as largest_class
    from classes
    group by county_code, school_year, school_code, stage, grade
),

counted as (
    select
        persons.county_code,
        persons.school_year,
        persons.school_code,
        persons.stage,
        persons.grade,
        count(*) as pupils,
        {%- for name, condition in conditions.items() %}
        {{ known_count(condition) }} as {{ name }},
        {%- endfor %}
        bool_or(places.places > 1) as place_unknown
    from persons
    inner join places using (county_code, school_year, person)
    group by persons.county_code, persons.school_year, persons.school_code, persons.stage, persons.grade
),

joined as (
    select
        counted.*,
        class_sizes.classes,
        class_sizes.largest_class,
        case
            when incomplete.school_code is not null then 'rows_quarantined'
            when counted.place_unknown then 'person_in_several_places'
        end as undecided_reason
    from counted
    inner join class_sizes
        on
            counted.county_code = class_sizes.county_code
            and counted.school_year = class_sizes.school_year
            and counted.school_code = class_sizes.school_code
            and counted.stage is not distinct from class_sizes.stage
            and counted.grade is not distinct from class_sizes.grade
    left join incomplete
        on
            counted.county_code = incomplete.county_code
            and counted.school_year = incomplete.school_year
            and counted.school_code = incomplete.school_code
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        grade,
        {%- for name in ["pupils", "classes", "largest_class"] + conditions.keys() | list %}
        case when undecided_reason is null then {{ name }} end as {{ name }},
        {%- endfor %}
        undecided_reason
    from joined
)

select * from final
