{#- Without a category it is not known whether somebody teaches: kept, and makes the school undecided. -#}
{%- set is_teacher = "coalesce(listed.category, 'full_time') = 'full_time' and coalesce(listed.status, 'active') = 'active'" -%}
with

named as (
    select * from {{ ref('int_roster__person') }}
    where person is not null
),

others as (
    select * from {{ ref('int_roster__person') }}
    where person is null
),

schools as (
    select * from {{ ref('int_census__school') }}
),

stages as (
    select * from {{ ref('stages') }}
),

-- hardly anybody is listed more than once, and only those rows have to be grouped; another county counts too and does no harm
repeated as (
    select
        listed.school_year,
        listed.person
    from {{ ref('int_roster__row_in_force') }} as listed
    where {{ is_teacher }}
    group by listed.school_year, listed.person
    having count(*) > 1
),

-- each row with what is known of its person: her own facts where a child table names her, else what its silence says
known as (
    select
        listed.county_code,
        listed.school_year,
        listed.census_school_code,
        listed.person,
        repeated.person is not null as is_repeated,
        listed.category is null as category_unknown,
        -- on the row, else what the person teaches, else the only stage of the school
        coalesce(listed.stage, named.taught_stage, {{ only_stage('schools') }}) as stage,
        coalesce({{ degree_rank('listed.degree') }}, named.degree_rank) as degree_rank,
        {%- for fact in ["certified", "trained_360h", "exchanged"] %}
        case when named.person is null then others.{{ fact }} else named.{{ fact }} end as {{ fact }},
        {%- endfor %}
        case
            when named.is_backbone or listed.is_backbone = 1 then true
            when named.person is null then coalesce(others.is_backbone, listed.is_backbone = 1)
            else coalesce(named.is_backbone, listed.is_backbone = 1)
        end as is_backbone,
        coalesce(listed.subject = 'pe_art', named.teaches_pe_art) as teaches_pe_art,
        listed.subject_name as subject,
        listed.exchange_eligible
    from {{ ref('int_roster__row_in_force') }} as listed
    left join repeated using (school_year, person)
    left join schools
        on
            listed.county_code = schools.county_code
            and listed.school_year = schools.school_year
            and listed.census_school_code = schools.school_code
    left join named
        on
            listed.county_code = named.county_code
            and listed.school_year = named.school_year
            and listed.person = named.person
    left join others on listed.county_code = others.county_code and listed.school_year = others.school_year
    where {{ is_teacher }}
),

grouped as (
    select
        county_code,
        school_year,
        census_school_code,
        person,
        stage,
        bool_or(category_unknown) as category_unknown,
        max(degree_rank) as degree_rank,
        bool_or(is_backbone) as is_backbone,
        case when count(distinct teaches_pe_art) = 1 then bool_or(teaches_pe_art) end as teaches_pe_art,
        case when min(subject) = max(subject) then min(subject) end as subject,
        bool_or(certified) as certified,
        bool_or(trained_360h) as trained_360h,
        max(exchange_eligible) as exchange_eligible,
        bool_or(exchanged) as exchanged
    from known
    where is_repeated
    group by county_code, school_year, census_school_code, person, stage
),

places as (
    select
        county_code,
        school_year,
        person,
        count(*) as places
    from grouped
    group by county_code, school_year, person
),

{%- set columns = [
    "county_code", "school_year", "census_school_code", "person", "stage", "category_unknown", "degree_rank", "is_backbone",
    "teaches_pe_art", "subject", "certified", "trained_360h", "exchange_eligible", "exchanged",
] %}

teachers as (
    select
        {{ columns | join(",
        ") }},
        1 as places
    from known
    where not is_repeated
    union all
    select
        {%- for column in columns %}
        grouped.{{ column }},
        {%- endfor %}
        places.places
    from grouped
    inner join places using (county_code, school_year, person)
),

final as (
    select
        teachers.county_code,
        teachers.school_year,
        teachers.census_school_code,
        teachers.person,
        teachers.stage,
        teachers.category_unknown,
        teachers.is_backbone,
        teachers.teaches_pe_art,
        teachers.subject,
        teachers.certified,
        teachers.trained_360h,
        teachers.exchange_eligible = 1 as exchange_eligible,
        teachers.exchanged,
        teachers.places,
        teachers.degree_rank >= {{ degree_rank('stages.above_degree_from') }} as above_degree
    from teachers
    left join stages using (stage)
)

select * from final
