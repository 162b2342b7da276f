{%- set rows_of = {
    "class_list": "stg_class_list__class", "pupil_registry": "stg_pupils__pupil", "teacher_roster": "stg_roster__teacher",
} %}
with

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

left_out_rows as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

school_names as (
    select * from {{ ref('int_roster__school_name') }}
),

quarantined_rows as (
    select * from {{ ref('stg_persons__quarantined_row') }}
),

{%- for source, model in rows_of.items() %}

{{ source }}_rows as (
    select * from {{ ref(model) }}
),
{%- endfor %}

classes as (
    select * from {{ ref('int_classes__class') }}
),

pupils as (
    select * from {{ ref('int_pupils__row_in_force') }}
),

teachers as (
    select * from {{ ref('int_roster__row_in_force') }}
),

-- rows of submissions in force whose school cannot be read or that the judgement gave up: somebody of that school is not counted
missing_rows as (
    {%- for source in rows_of %}
    select
        coverage.source,
        coverage.county_code,
        coverage.school_year,
        {{ source }}_rows.school_code,
        {{ source }}_rows.school_name,
        coverage.delivery_night
    from {{ source }}_rows
    inner join coverage using (submission_id, county_code, school_year)
    inner join left_out_rows
        on
            {{ is_same_row(source ~ '_rows', 'left_out_rows') }}
    where coverage.source = '{{ source }}'
    union all
    {%- endfor %}
    select
        coverage.source,
        coverage.county_code,
        coverage.school_year,
        quarantined_rows.school_code,
        quarantined_rows.school_name,
        coverage.delivery_night
    from quarantined_rows
    inner join coverage using (source, submission_id)
    where
        coalesce(quarantined_rows.county_code, coverage.county_code) = coverage.county_code
        and coalesce(quarantined_rows.school_year, coverage.school_year) = coverage.school_year
),

resolved as (
    {{ with_census_school('missing_rows', 'schools', 'school_names') }}
),

-- schools of which a source speaks, with the night that speaks last of them; a class list speaks for the county, so its night
-- does not matter
listed_schools as (
    {%- for source, relation, night in [
        ("class_list", "classes", "0"), ("pupil_registry", "pupils", "max(delivery_night)"),
        ("teacher_roster", "teachers", "max(delivery_night)"),
    ] %}
    select
        '{{ source }}' as source,
        county_code,
        school_year,
        census_school_code,
        {{ night }} as delivery_night
    from {{ relation }}
    where census_school_code is not null
    group by county_code, school_year, census_school_code
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- somebody whose school is not known may belong to any
final as (
    select
        listed_schools.source,
        listed_schools.county_code,
        listed_schools.school_year,
        listed_schools.census_school_code as school_code,
        count(*) as missing_rows
    from listed_schools
    inner join resolved
        on
            listed_schools.source = resolved.source
            and listed_schools.county_code = resolved.county_code
            and listed_schools.school_year = resolved.school_year
            and listed_schools.delivery_night <= resolved.delivery_night
            and (resolved.census_school_code is null or listed_schools.census_school_code = resolved.census_school_code)
    group by listed_schools.source, listed_schools.county_code, listed_schools.school_year, listed_schools.census_school_code
)

select * from final
