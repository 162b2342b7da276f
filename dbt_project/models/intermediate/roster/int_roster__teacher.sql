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

listed_once as (
    select
        {{ person_facts() }}
    from {{ ref('int_roster__row_in_force') }} as listed
    left join repeated using (school_year, person)
    {{ person_lookups() }}
    where {{ is_teacher }} and repeated.person is null
),

listed_often as (
    select
        {{ person_facts() }}
    from {{ ref('int_roster__row_in_force') }} as listed
    inner join repeated using (school_year, person)
    {{ person_lookups() }}
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
    from listed_often
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
    from listed_once
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
        county_code,
        school_year,
        census_school_code,
        person,
        stage,
        category_unknown,
        is_backbone,
        teaches_pe_art,
        subject,
        certified,
        trained_360h,
        exchange_eligible = 1 as exchange_eligible,
        exchanged,
        places,
        case stage when 'primary' then degree_rank >= 3 when 'junior' then degree_rank >= 4 end as above_degree
    from teachers
)

select * from final
