with

rules as (
    select * from {{ ref('authenticity_rules') }}
),

census as (
    select * from {{ ref('int_review__census') }}
),

predecessors as (
    select * from {{ ref('int_census__predecessor') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

-- of schools that go on under their code
final as (
    select
        'unchanged_premises' as rule_code,
        here.county_code,
        here.school_year,
        here.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        'all' as stage,
        cast(null as {{ text_type() }}) as subject_zh,
        {{ as_decimal(as_double('here.value') ~ ' / ' ~ as_double('before.value'), 28, 4) }} as observed,
        rules.threshold as compared_with,
        {{ sentence(
            'more_classes_in_the_same_rooms', before=number_text('before.value'), now=number_text('here.value'),
            area=number_text('schools.teaching_area_m2')
        ) }} as evidence_zh
    from census as here
    inner join predecessors using (county_code, school_year, school_code)
    inner join census as before
        on
            here.county_code = before.county_code
            and here.school_year = before.school_year + 1
            and here.school_code = before.school_code
            and here.measure = before.measure
    inner join schools
        on
            here.county_code = schools.county_code
            and here.school_year = schools.school_year
            and here.school_code = schools.school_code
    inner join schools as schools_before
        on
            before.county_code = schools_before.county_code
            and before.school_year = schools_before.school_year
            and before.school_code = schools_before.school_code
    inner join rules on rules.rule_code = 'unchanged_premises'
    where
        here.measure = 'classes_all'
        and predecessors.previous_school_code = here.school_code
        and before.value >= rules.min_count
        and here.value >= rules.threshold * before.value
        and schools.teaching_area_m2 = schools_before.teaching_area_m2
)

select * from final
