with

school_figures as (
    select * from {{ ref('int_requirement__school_figure') }}
),

terms as (
    select * from {{ ref('int_rules__requirement_term') }}
),

census_terms as (
    select distinct  -- an item may be in the numerator and in the denominator
        ruleset_id,
        requirement_code,
        part,
        item
    from terms
    where source = 'census'
),

schools as (
    select
        school_figures.county_code,
        school_figures.school_year,
        school_figures.ruleset_id,
        census_terms.requirement_code,
        census_terms.part,
        school_figures.school_code,
        max(school_figures.school_name) as school_name,
        count(*) > count(school_figures.amount) as is_waited_for
    from school_figures
    inner join census_terms using (ruleset_id, item)
    group by
        school_figures.county_code,
        school_figures.school_year,
        school_figures.ruleset_id,
        census_terms.requirement_code,
        census_terms.part,
        school_figures.school_code
),

final as (
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        count(*) as schools,
        count(case when is_waited_for then 1 end) as schools_waited_for,
        {{ first_texts('case when is_waited_for then school_name end', 'school_code', var('most')['schools']) }} as names
    from schools
    group by county_code, school_year, ruleset_id, requirement_code, part
)

select * from final
