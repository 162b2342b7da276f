{%- set named = var("most")["classes"] -%}
with

classes as (
    select * from {{ ref('int_classes__class') }}
),

limits as (
    {{ rows_with_base('rule_class_limits', ['stage'], ['class_limit']) }}
),

ranked as (
    select
        limits.ruleset_id,
        classes.county_code,
        classes.school_year,
        classes.census_school_code as school_code,
        {{ sentence(
            'class_of_pupils', class='classes.class_name', pupils='cast(classes.pupils as ' ~ text_type() ~ ')'
        ) }} as class_zh,
        row_number() over (
            partition by limits.ruleset_id, classes.county_code, classes.school_year, classes.census_school_code
            order by classes.pupils desc, classes.stage asc, classes.grade asc, classes.class_name asc
        ) as place
    from classes
    inner join limits using (stage)
    where classes.census_school_code is not null and classes.pupils > limits.class_limit
),

-- the largest are named
final as (
    select
        ruleset_id,
        county_code,
        school_year,
        school_code,
        count(*) as classes_over,
        {{ joined_text("case when place <= " ~ named ~ " then class_zh end", '、', 'place') }}
        || case when count(*) > {{ named }} then {{ sentence('and_more') }} else '' end as classes_zh
    from ranked
    group by ruleset_id, county_code, school_year, school_code
)

select * from final
