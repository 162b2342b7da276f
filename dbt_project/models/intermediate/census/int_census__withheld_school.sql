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

dated_county_codes as (
    select * from {{ ref('int_census__county_code') }}
),

bases as (
    select * from {{ ref('int_ledger__county_base') }}
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
        deliveries.delivery_night,
        deliveries.area_code,
        deliveries.area_prefix,
        deliveries.folder_school_year as school_year
    from deliveries
    inner join last_deliveries using (submission_id, delivery_night)
    inner join lying_files using (submission_id)
    where deliveries.source = 'school_census' and deliveries.status = 'refused'
),

named_schools as (
    {%- for relation in ('census_rows', 'quarantined_schools') %}
    select
        submission_id,
        county_code,
        school_year,
        school_code,
        school_name,
        school_kind_code,
        counts_as_school,
        main_school_code{% for stage in school_stages() %},
        pupils_{{ stage }}{% endfor %}
    from {{ relation }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

county_codes as (
    select distinct area_code as county_code  -- a code has an entry for each time its name changed
    from dated_county_codes
),

-- a county cell that names no county leaves the folder's; a file in the wrong folder speaks for nobody
named_in_their_folder as (
    select
        coalesce(county_codes.county_code, refused.area_code) as county_code,
        refused.school_year,
        refused.delivery_night,
        coalesce(named_schools.school_code, named_schools.school_name) as school_code,
        named_schools.school_code is not null as has_code,
        named_schools.school_name,
        named_schools.school_kind_code,
        named_schools.counts_as_school,
        named_schools.main_school_code,
    {%- for stage in school_stages() %}
    named_schools.pupils_{{ stage }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from refused
    inner join named_schools using (submission_id)
    left join county_codes using (county_code)
    where
        coalesce(named_schools.school_year, refused.school_year) = refused.school_year
        and {{ begins_with('coalesce(county_codes.county_code, refused.area_code)', 'refused.area_prefix') }}
),

-- nothing in force has the school, and its file would be in force if it were accepted
missing as (
    select
        named.county_code,
        named.school_year,
        named.school_code,
        named.has_code,
        named.school_name,
        case
            when not coalesce(kinds.never_folds, false) and (kinds.always_folds or named.counts_as_school = 0)
                then nullif(named.main_school_code, named.school_code)
        end as main_school_code,
    {%- for stage in school_stages() %}
    -- a kind that is unknown may have any stage
    coalesce(kinds.has_{{ stage }}, true) or coalesce(named.pupils_{{ stage }} > 0, false) as has_{{ stage }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from named_in_their_folder as named
    inner join counties using (county_code, school_year)
    left join bases
        on
            named.county_code = bases.county_code
            and named.school_year = bases.school_year
            and bases.source = 'school_census'
    left join kinds on named.school_kind_code = kinds.kind_code
    where
        named.school_code is not null
        and (bases.base_night is null or named.delivery_night >= bases.base_night)
        and not exists (
            select 1
            from schools
            where
                named.county_code = schools.county_code
                and named.school_year = schools.school_year
                and (
                    named.school_code = schools.school_code
                    or (not named.has_code and named.school_name = schools.school_name)
                )
        )
),

final as (
    select
        county_code,
        school_year,
        school_code,
        bool_or(has_code) as has_code,
        coalesce(max(school_name), school_code) as school_name,
        max(main_school_code) as main_school_code,
    {%- for stage in school_stages() %}
    bool_or(has_{{ stage }}) as has_{{ stage }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from missing
    group by county_code, school_year, school_code
)

select * from final
