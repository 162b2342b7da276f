with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

lying_files as (
    select * from {{ ref('stg_ledger__lying_file') }}
),

census_rows as (
    select * from {{ ref('stg_census__school') }}
),

quarantined_schools as (
    select * from {{ ref('stg_census__quarantined_school') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

counties as (
    select * from {{ ref('int_census__county') }}
),

areas as (
    select * from {{ ref('areas') }}
),

kinds as (
    select * from {{ ref('school_kinds') }}
),

last_deliveries as (
    select
        submission_id,
        max(delivery_night) as delivery_night
    from deliveries
    group by submission_id
),

-- refused, and still lying there: nobody has taken the file back
refused as (
    select
        deliveries.submission_id,
        deliveries.area_code,
        deliveries.folder_school_year as school_year
    from deliveries
    inner join last_deliveries using (submission_id, delivery_night)
    inner join lying_files using (submission_id)
    where deliveries.source = 'school_census' and deliveries.status = 'refused'
),

-- a county and everything above it: the folders in which its files may lie
own_folders as (
    select
        county.area_code as county_code,
        county.area_code
    from areas as county
    union
    select
        county.area_code as county_code,
        county.parent_code as area_code
    from areas as county
    union
    select
        county.area_code as county_code,
        parent.parent_code as area_code
    from areas as county
    inner join areas as parent on county.system = parent.system and county.parent_code = parent.area_code
),

named_schools as (
    select
        submission_id,
        county_code,
        school_year,
        school_code,
        school_name,
        school_kind_code
    from census_rows
    union all
    select
        submission_id,
        county_code,
        school_year,
        coalesce(school_code, school_name) as school_code,
        school_name,
        school_kind_code
    from quarantined_schools
),

-- a file in the wrong folder speaks for no county
named_in_their_folder as (
    select
        named_schools.county_code,
        refused.school_year,
        named_schools.school_code,
        named_schools.school_name,
        named_schools.school_kind_code
    from refused
    inner join named_schools using (submission_id)
    inner join own_folders using (county_code, area_code)
    where coalesce(named_schools.school_year, refused.school_year) = refused.school_year
),

final as (
    select
        named.county_code,
        named.school_year,
        {%- for stage in school_stages() %}
        -- a kind that is unknown may have any stage
        bool_or(coalesce(kinds.has_{{ stage }}, true)) as has_{{ stage }},
        {%- endfor %}
        coalesce(max(named.school_name), named.school_code) as school_name,
        named.school_code
    from named_in_their_folder as named
    inner join counties using (county_code, school_year)
    left join schools using (county_code, school_year, school_code)
    left join kinds on named.school_kind_code = kinds.kind_code
    where schools.school_code is null and named.school_code is not null
    group by named.county_code, named.school_year, named.school_code
)

select * from final
