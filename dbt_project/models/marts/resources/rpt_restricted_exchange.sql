with

exchanges as (
    select * from {{ ref('int_roster__exchange') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

subjects as (
    select * from {{ ref('subjects') }}
),

final as (
    select
        exchanges.county_code,
        exchanges.school_year,
        exchanges.person,
        exchanges.from_school_code,
        exchanges.to_school_code,
        exchanges.subject,
        origins.school_name as from_school_name,
        targets.school_name as to_school_name,
        subjects.label_zh as subject_zh,
        exchanges.is_backbone,
        exchanges.started,
        exchanges.ended,
        exchanges.started_in_year,
        exchanges.undecided_reason
    from exchanges
    left join schools as origins
        on
            exchanges.county_code = origins.county_code
            and exchanges.school_year = origins.school_year
            and exchanges.from_school_code = origins.school_code
    left join schools as targets
        on
            exchanges.county_code = targets.county_code
            and exchanges.school_year = targets.school_year
            and exchanges.to_school_code = targets.school_code
    left join subjects on exchanges.subject = subjects.subject
)

select * from final
