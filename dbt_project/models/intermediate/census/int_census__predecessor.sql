with

changes as (
    {{ source_rows_in_force('stg_school_succession__change', 'school_succession') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

-- a school of the year before under the same code goes on, whatever joined it
same_codes as (
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        schools.school_code as previous_school_code,
        'same_code' as change
    from schools
    inner join schools as previous
        on
            schools.county_code = previous.county_code
            and schools.school_year = previous.school_year + 1
            and schools.school_code = previous.school_code
),

links as (
    select
        county_code,
        school_year,
        new_school_code as school_code,
        old_school_code as previous_school_code,
        change
    from changes
    where new_school_code is not null
    union all
    select
        county_code,
        school_year,
        school_code,
        previous_school_code,
        change
    from same_codes
),

final as (
    select
        county_code,
        school_year,
        school_code,
        previous_school_code,
        -- two lines of one file may say the same, and a rename keeps the code: what the county says goes before the code
        coalesce(min(case when change <> 'same_code' then change end), 'same_code') as change
    from links
    group by county_code, school_year, school_code, previous_school_code
)

select * from final
