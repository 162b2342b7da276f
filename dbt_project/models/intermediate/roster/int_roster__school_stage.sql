{%- set conditions = {
    "above_degree": "above_degree", "backbone": "is_backbone", "pe_art": "teaches_pe_art", "certified": "certified",
    "trained_360h": "trained_360h", "exchange_eligible": "exchange_eligible", "exchanged": "exchanged",
    "exchanged_backbone": "(exchanged and is_backbone)",
} %}
with

rows_in_force as (
    select * from {{ ref('int_roster__row_in_force') }}
),

teachers as (
    select * from {{ ref('int_roster__teacher') }}
),

incomplete as (
    select * from {{ ref('int_lists__incomplete_school') }}
    where source = 'teacher_roster'
),

-- schools of which a roster speaks; of the others nothing is known, and they have no row
listed_schools as (
    select distinct
        county_code,
        school_year,
        census_school_code as school_code
    from rows_in_force
    where census_school_code is not null
),

school_stages as (
    {{ stages_of_schools('listed_schools', ref('int_census__school')) }}
),

counted as (
    select
        county_code,
        school_year,
        census_school_code as school_code,
        stage,
        bool_or(places > 1) as place_unknown,
        bool_or(category_unknown) as category_unknown,
        {%- for name, condition in conditions.items() %}
        {{ known_count(condition) }} as {{ name }},
        {%- endfor %}
        count(*) as teachers
    from teachers
    where census_school_code is not null
    group by county_code, school_year, census_school_code, stage
),

-- why the teachers of a school cannot be counted, whatever the stage
school_doubts as (
    select
        county_code,
        school_year,
        school_code,
        bool_or(stage is null) as stage_unknown,
        bool_or(category_unknown) as category_unknown
    from counted
    group by county_code, school_year, school_code
),

joined as (
    select
        school_stages.*,
        case
            when incomplete.school_code is not null then 'rows_quarantined'
            when school_doubts.category_unknown then 'category_unknown'
            when school_doubts.stage_unknown then 'stage_unknown'
            when counted.place_unknown then 'person_in_several_places'
        end as undecided_reason,
        {%- for name in conditions %}
        case when counted.teachers is null then 0 else counted.{{ name }} end as {{ name }},
        {%- endfor %}
        coalesce(counted.teachers, 0) as teachers
    from school_stages
    left join counted using (county_code, school_year, school_code, stage)
    left join school_doubts using (county_code, school_year, school_code)
    left join incomplete using (county_code, school_year, school_code)
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        case when undecided_reason is null then teachers end as teachers,
        {%- for name in conditions %}
        case when undecided_reason is null then {{ name }} end as {{ name }},
        {%- endfor %}
        undecided_reason
    from joined
)

select * from final
