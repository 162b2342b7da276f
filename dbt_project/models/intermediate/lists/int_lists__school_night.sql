{%- set rows_of = {"pupil_registry": "stg_pupils__pupil", "teacher_roster": "stg_roster__teacher"} %}
with

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

school_names as (
    select * from {{ ref('int_roster__school_name') }}
),

counties_of_several_nights as (
    select
        source,
        county_code,
        school_year
    from coverage
    group by source, county_code, school_year
    having min(delivery_night) < max(delivery_night)
),

rows_of_several_nights as (
    {%- for source, model in rows_of.items() %}
    select
        counties_of_several_nights.source,
        in_force.county_code,
        in_force.school_year,
        in_force.school_code,
        in_force.school_name,
        in_force.delivery_night
    from ({{ source_rows_in_force(model, source) }}) as in_force
    inner join counties_of_several_nights using (county_code, school_year)
    where counties_of_several_nights.source = '{{ source }}'
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

resolved as (
    {{ with_census_school('rows_of_several_nights', 'schools', 'school_names') }}
),

-- the latest file that speaks of a school says all about it
final as (
    select
        source,
        county_code,
        school_year,
        coalesce(census_school_code, school_code, school_name) as school_key,
        max(delivery_night) as delivery_night
    from resolved
    group by source, county_code, school_year, school_key
)

select * from final
