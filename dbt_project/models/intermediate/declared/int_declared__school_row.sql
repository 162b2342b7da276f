{#- Items that another source counts too: stage → item of the census → measure of the roster. -#}
{%- set counted = {"qualified": "above_degree", "backbone": "backbone", "pe_art": "pe_art"} %}
{%- set items, counts, roster_items, registry_items = [], [], {}, {} %}
{%- for stage in pupil_stages() %}{% do items.append("pupils_" ~ stage) %}{% endfor %}
{%- do items.extend(rule_items()) %}
{%- for stage in compulsory_stages() %}
{%- for item, measure in counted.items() %}
{%- set name = item ~ "_" ~ stage %}
{%- do counts.append((name, stage, measure)) %}
{%- do roster_items.update({name: "coalesce(roster_" ~ name ~ ", " ~ name ~ ")"}) %}
{%- endfor %}
{%- do registry_items.update({"pupils_" ~ stage: "coalesce(registry_pupils_" ~ stage ~ ", pupils_" ~ stage ~ ")"}) %}
{%- endfor %}
{#- Way of counting → its schools, and the items that it counts otherwise. -#}
{%- set ways = {
    "computed": ("present", {}),
    "indoor": ("with_indoor_rooms", {"indoor_sports_area_m2": "0"}),
    "roster": ("with_roster", roster_items),
    "registry": ("with_registry", registry_items),
    "uncorrected": ("before_corrections", {}),
    "other_submission": ("other_files", {}),
} %}
with

figures as (
    select * from {{ ref('int_declared__figure') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

reported as (
    select * from {{ ref('int_census__reported_school') }}
),

corrections as (
    select * from {{ ref('int_census__correction') }}
),

census_rows as (
    select * from {{ ref('stg_census__school') }}
),

rows_in_force as (
    select * from {{ ref('int_census__row_in_force') }}
),

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

roster as (
    select * from {{ ref('int_roster__school_stage') }}
),

registry as (
    select * from {{ ref('int_pupils__school_grade') }}
),

-- the years that are declared, and the ones before
declared_years as (
    select distinct
        county_code,
        school_year
    from figures
    union
    select distinct
        county_code,
        school_year - 1 as school_year
    from figures
),

present as (
    select schools.*
    from schools
    inner join declared_years using (county_code, school_year)
),

corrected_schools as (
    select distinct  -- a school has a row for each of its corrections
        county_code,
        school_year,
        school_code
    from corrections
    where state = 'applied'
),

-- the latest row of each school that another file gives and that is not in force
other_rows as (
    select
        census_rows.*,
        row_number() over (
            partition by census_rows.county_code, census_rows.school_year, census_rows.school_code
            order by deliveries.delivery_night desc, census_rows.submission_id asc, census_rows.row_number asc
        ) as place
    from census_rows
    inner join declared_years using (county_code, school_year)
    inner join deliveries using (submission_id)
    left join rows_in_force using (submission_id, county_code, school_year, school_code)
    where rows_in_force.submission_id is null
),

other_files as (
    select *
    from other_rows
    where place = 1
),

with_indoor_rooms as (
    select *
    from present
    where indoor_sports_area_m2 > 0
),

roster_counts as (
    select
        county_code,
        school_year,
        school_code,
    {%- for name, stage, measure in counts %}
    max(case when stage = '{{ stage }}' then {{ measure }} end) as roster_{{ name }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from roster
    group by county_code, school_year, school_code
),

with_roster as (
    select *
    from present
    inner join roster_counts using (county_code, school_year, school_code)
),

registry_counts as (
    select
        county_code,
        school_year,
        school_code,
    {%- for stage in compulsory_stages() %}
    sum(case when stage = '{{ stage }}' then pupils end) as registry_pupils_{{ stage }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from registry
    group by county_code, school_year, school_code
    having count(*) = count(pupils)
),

with_registry as (
    select *
    from present
    inner join registry_counts using (county_code, school_year, school_code)
),

before_corrections as (
    select reported.*
    from reported
    inner join corrected_schools using (county_code, school_year, school_code)
    inner join declared_years using (county_code, school_year)
),

final as (
    {%- for bridge, (relation, otherwise) in ways.items() %}
    select
        '{{ bridge }}' as bridge,
        county_code,
        school_year,
        school_code,
    {%- for item in items %}
    {{ otherwise[item] ~ " as " if item in otherwise }}{{ item }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from {{ relation }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
