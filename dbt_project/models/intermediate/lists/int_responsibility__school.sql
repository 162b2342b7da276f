with

listed as (
    {{ list_rows_in_force('stg_responsibility__school', 'responsibility', ['county_code', 'school_year', 'school_code']) }}
),

-- a school's list of duties may be older than its figures
ranked as (
    select
        *,
        row_number() over (partition by county_code, school_code order by school_year desc) as age
    from listed
),

final as (
    select * from ranked
    where age = 1
)

select * from final
