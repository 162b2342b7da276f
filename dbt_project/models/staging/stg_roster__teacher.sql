with

teacher_roster as (
    select * from {{ source('bronze', 'teacher_roster') }}
),

final as (
    select
        cast(county_code as varchar) as county_code,
        cast(school_year as integer) as school_year,
        cast(school_code as varchar) as school_code,
        cast(school_name as varchar) as school_name,
        cast(person as varchar) as person,
        cast(employed as integer) as employed,
        cast(status as varchar) as status,
        cast(category as varchar) as category,
        cast(stage as varchar) as stage,
        cast(subject as varchar) as subject,
        cast(subject_name as varchar) as subject_name,
        cast(degree as varchar) as degree,
        cast(title as varchar) as title,
        cast(is_backbone as integer) as is_backbone,
        cast(exchange_eligible as integer) as exchange_eligible,
        cast(joined as integer) as joined,
        _contract as contract,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        _submission_id as submission_id
    from teacher_roster
)

select * from final
