with

uses as (
    select * from {{ ref('stg_school_venues__use') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

left_out as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

-- rows that were set aside are claims all the same: a venue that two schools count is set aside in both
claims as (
    select
        uses.*,
        left_out.submission_id is not null as is_set_aside
    from uses
    inner join coverage
        on
            uses.submission_id = coverage.submission_id
            and uses.county_code = coverage.county_code
            and uses.school_year = coverage.school_year
            and coverage.source = 'school_venues'
    left join left_out
        on
            {{ is_same_row('uses', 'left_out') }}
    where uses.venue_no is not null and uses.school_code is not null
),

-- one row for each venue and school: of equal rows of several files any, a row in force before one that was set aside
placed as (
    select
        *,
        row_number() over (
            partition by county_code, school_year, venue_no, school_code
            order by is_set_aside asc, counts_here desc, submission_id asc, sheet asc, row_number asc
        ) as place
    from claims
),

final as (
    select
        placed.county_code,
        placed.school_year,
        placed.venue_no,
        placed.school_code,
        schools.school_name,
        placed.venue_name,
        placed.use,
        placed.counts_here = 1 as is_claimed,
        placed.is_set_aside,
        placed.area_m2,
        placed.registered_with,
        placed.walk_minutes,
        placed.source_document,
        placed.valid_from,
        placed.valid_to,
        placed.note
    from placed
    left join schools using (county_code, school_year, school_code)
    where placed.place = 1
)

select * from final
