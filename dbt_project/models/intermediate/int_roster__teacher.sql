with

rows_in_force as (
    select * from {{ ref('int_roster__row_in_force') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

persons as (
    select * from {{ ref('int_roster__person') }}
),

-- on the row, else what the person teaches, else the only stage of the school
staged as (
    select
        rows_in_force.*,
        coalesce(
            rows_in_force.stage,
            persons.taught_stage,
            {{ only_stage('schools') }}
        ) as teaching_stage,
        coalesce(
            case rows_in_force.degree
                when 'doctor' then 6 when 'master' then 5 when 'bachelor' then 4 when 'college' then 3 when 'secondary' then 2
                when 'below' then 1
            end,
            persons.degree_rank
        ) as degree_rank,
        case
            when persons.is_backbone or rows_in_force.is_backbone = 1 then true
            else coalesce(persons.is_backbone, rows_in_force.is_backbone = 1)
        end as holds_backbone,
        coalesce(rows_in_force.subject = 'pe_art', persons.teaches_pe_art) as teaches_pe_art,
        persons.certified,
        persons.trained_360h,
        persons.exchanged
    from rows_in_force
    inner join persons using (county_code, school_year, person)
    left join schools
        on
            rows_in_force.county_code = schools.county_code
            and rows_in_force.school_year = schools.school_year
            and rows_in_force.census_school_code = schools.school_code
    -- without a category it is not known whether somebody teaches: kept, and makes the school undecided
    where coalesce(rows_in_force.category, 'full_time') = 'full_time' and coalesce(rows_in_force.status, 'active') = 'active'
),

teachers as (
    select
        county_code,
        school_year,
        census_school_code,
        person,
        teaching_stage as stage,
        bool_or(category is null) as category_unknown,
        max(degree_rank) as degree_rank,
        bool_or(holds_backbone) as is_backbone,
        case when count(distinct teaches_pe_art) = 1 then bool_or(teaches_pe_art) end as teaches_pe_art,
        case when min(subject_name) = max(subject_name) then min(subject_name) end as subject,
        bool_or(certified) as certified,
        bool_or(trained_360h) as trained_360h,
        max(exchange_eligible) = 1 as exchange_eligible,
        bool_or(exchanged) as exchanged
    from staged
    group by county_code, school_year, census_school_code, person, teaching_stage
),

places as (
    select
        county_code,
        school_year,
        person,
        count(*) as places
    from teachers
    group by county_code, school_year, person
),

final as (
    select
        teachers.*,
        places.places,
        case teachers.stage when 'primary' then teachers.degree_rank >= 3 when 'junior' then teachers.degree_rank >= 4 end
            as above_degree
    from teachers
    inner join places using (county_code, school_year, person)
)

select * from final
