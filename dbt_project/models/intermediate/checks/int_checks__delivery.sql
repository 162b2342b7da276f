with

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

coverage as (
    select * from {{ ref('stg_ledger__coverage') }}
),

coverage_in_force as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

lying_files as (
    select * from {{ ref('stg_ledger__lying_file') }}
),

dated_county_codes as (
    select * from {{ ref('int_census__county_code') }}
),

expected_sources as (
    select * from {{ ref('expected_sources') }}
),

county_codes as (
    select distinct area_code as county_code  -- a code has an entry for each time its name changed
    from dated_county_codes
),

-- sources whose contents are dated by a year of their own
dated_by_folder as (
    select distinct  -- in any system of areas
        source,
        year_from
    from expected_sources
    where year_from = 'folder'
),

last_deliveries as (
    select
        submission_id,
        max(delivery_night) as delivery_night
    from deliveries
    group by submission_id
),

-- refused, and still lying there: nobody has taken the file back. Of several tables of a file the file's own id lies there
refused as (
    select deliveries.*
    from deliveries
    inner join last_deliveries using (submission_id, delivery_night)
    where
        deliveries.status = 'refused'
        and (
            deliveries.submission_id in (select lying_files.submission_id from lying_files)
            or substring(deliveries.sha256, 1, 16) in (select lying_files.submission_id from lying_files)
        )
),

accepted as (
    select
        coverage_in_force.county_code,
        {{ owed_year('dated_by_folder.year_from', 'coverage_in_force.school_year', 'deliveries.folder_school_year') }}
            as school_year,
        deliveries.source,
        deliveries.submission_id,
        deliveries.night,
        deliveries.contract,
        deliveries.rules_version,
        true as is_accepted
    from coverage_in_force
    inner join deliveries using (submission_id, delivery_night)
    left join dated_by_folder on deliveries.source = dated_by_folder.source
    where deliveries.is_served
),

-- a file in the wrong folder speaks for nobody but that folder
refused_contents as (
    select
        coverage.county_code,
        {{ owed_year('dated_by_folder.year_from', 'coverage.school_year', 'refused.folder_school_year') }} as school_year,
        refused.submission_id,
        refused.delivery_night
    from refused
    inner join coverage using (submission_id, delivery_night, night)
    left join dated_by_folder on refused.source = dated_by_folder.source
    where
        (refused.area_prefix is null or {{ begins_with('coverage.county_code', 'refused.area_prefix') }})
        and (
            refused.folder_school_year is null
            or dated_by_folder.source is not null
            or coverage.school_year = refused.folder_school_year
        )
),

refused_places as (
    select
        coalesce(refused_contents.county_code, county_codes.county_code) as county_code,
        coalesce(refused_contents.school_year, refused.folder_school_year) as school_year,
        refused.source,
        refused.submission_id,
        refused.night,
        refused.contract,
        refused.rules_version,
        false as is_accepted
    from refused
    left join refused_contents using (submission_id, delivery_night)
    left join county_codes on refused.area_code = county_codes.county_code
    where refused.source is not null
),

final as (
    select distinct  -- a submission of several monitoring years is one delivery of its folder
        county_code,
        school_year,
        source,
        submission_id,
        night,
        contract,
        rules_version,
        is_accepted
    from accepted
    union all
    select distinct  -- as above
        county_code,
        school_year,
        source,
        submission_id,
        night,
        contract,
        rules_version,
        is_accepted
    from refused_places
    where county_code is not null and school_year is not null
)

select * from final
