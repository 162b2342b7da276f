with

exchanges as (
    select * from {{ ref('int_roster__exchange') }}
),

subjects as (
    select * from {{ ref('subjects') }}
),

settings as (
    select max(case when setting = 'exchange_shown_from' then value end) as exchange_shown_from
    from {{ ref('figure_settings') }}
),

counted as (
    select
        county_code,
        school_year,
        from_school_code,
        to_school_code,
        subject,
        min(from_school_name) as from_school_name,
        min(to_school_name) as to_school_name,
        count(distinct person) as teachers,
        case when count(*) = count(is_backbone) then count(case when is_backbone then 1 end) end as backbone_teachers,
        case when count(*) = count(started_in_year) then count(case when started_in_year then 1 end) end as started_in_year,
        min(undecided_reason) as undecided_reason
    from exchanges
    group by county_code, school_year, from_school_code, to_school_code, subject
),

final as (
    select
        counted.county_code,
        counted.school_year,
        counted.from_school_code,
        counted.to_school_code,
        counted.subject,
        counted.from_school_name,
        counted.to_school_name,
        subjects.label_zh as subject_zh,
        -- a count of nobody names nobody
        {%- for count in ["teachers", "backbone_teachers", "started_in_year"] %}
        cast(
            case
                when
                    counted.undecided_reason is null
                    and (counted.{{ count }} = 0 or counted.{{ count }} >= settings.exchange_shown_from)
                    then counted.{{ count }}
            end as integer
        ) as {{ count }},
        {%- endfor %}
        counted.undecided_reason is null and counted.teachers < settings.exchange_shown_from as is_withheld,
        counted.undecided_reason
    from counted
    cross join settings
    left join subjects on counted.subject = subjects.subject
)

select * from final
