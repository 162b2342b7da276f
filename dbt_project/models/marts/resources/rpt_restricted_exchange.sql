with

exchanges as (
    select * from {{ ref('int_roster__exchange') }}
),

subjects as (
    select * from {{ ref('subjects') }}
),

final as (
    select
        exchanges.county_code,
        exchanges.school_year,
        {{ first_day_of_school_year('exchanges.school_year') }} as school_year_start,
        exchanges.person,
        exchanges.from_school_code,
        exchanges.to_school_code,
        exchanges.subject,
        exchanges.from_school_name,
        exchanges.to_school_name,
        subjects.label_zh as subject_zh,
        exchanges.is_backbone,
        exchanges.started,
        exchanges.ended,
        exchanges.started_in_year,
        exchanges.undecided_reason
    from exchanges
    left join subjects on exchanges.subject = subjects.subject
)

select * from final
