{#- Rows with the school they mean: its code, else the only school of that name in the census of the county and year. Null: none
    or several; never guessed. -#}
{% macro with_census_school(rows_cte) %}
    select
        rows_given.*,
        coalesce(by_code.school_code, case when rows_given.school_code is null then by_name.school_code end) as census_school_code
    from {{ rows_cte }} as rows_given
    left join {{ ref('int_census__school') }} as by_code
        on
            rows_given.county_code = by_code.county_code
            and rows_given.school_year = by_code.school_year
            and rows_given.school_code = by_code.school_code
    left join {{ ref('int_roster__school_name') }} as by_name
        on
            rows_given.county_code = by_name.county_code
            and rows_given.school_year = by_name.school_year
            -- nobody whose row states a code is looked up by name
            and case when rows_given.school_code is null then rows_given.school_name end = by_name.school_name
{% endmacro %}

{#- Of rows with the school they mean, those in force: of each school the rows of the latest night that speaks of it. What a select of them
    ends with, from the relations of rows, coverage, rows given up and int_lists__school_night of one source. -#}
{% macro of_the_latest_night(resolved, coverage, left_out_rows, school_nights) -%}
    from {{ resolved }}
    inner join {{ coverage }} using (submission_id, county_code, school_year)
    left join {{ left_out_rows }}
        on
            {{ is_same_row(resolved, left_out_rows) }}
    left join {{ school_nights }}
        on
            {{ resolved }}.county_code = {{ school_nights }}.county_code
            and {{ resolved }}.school_year = {{ school_nights }}.school_year
            and coalesce({{ resolved }}.census_school_code, {{ resolved }}.school_code, {{ resolved }}.school_name)
            is not distinct from {{ school_nights }}.school_key
    where
        {{ left_out_rows }}.submission_id is null
        and ({{ school_nights }}.delivery_night is null or {{ coverage }}.delivery_night = {{ school_nights }}.delivery_night)
{%- endmacro %}

{#- The stage of a school that has only one; null for a combined one. -#}
{% macro only_stage(schools) -%}
    case
        {%- for stage in school_stages() %}
        when {{ schools }}.has_{{ stage }}
            {%- for other in school_stages() if other != stage %} and not {{ schools }}.has_{{ other }}{% endfor %}
            then '{{ stage }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- Places of the rows of `persons_cte` with what each person teaches: the subject on the row, else every subject of the table of what is
    taught, else null. -#}
{% macro with_taught_subjects(persons_cte) %}
    select
        persons.county_code,
        persons.school_year,
        persons.census_school_code as school_code,
        persons.stage,
        coalesce(persons.subject, person_subjects.subject) as subject,
        case when persons.subject is null then person_subjects.subjects else 1 end as subjects
    from {{ persons_cte }} as persons
    left join {{ ref('int_roster__person_subject') }} as person_subjects
        on
            persons.county_code = person_subjects.county_code
            and persons.school_year = person_subjects.school_year
            -- nobody whose row says it is looked up
            and case when persons.subject is null then persons.person end = person_subjects.person
    where persons.census_school_code is not null
{% endmacro %}

{#- Degrees in their order. -#}
{% macro degree_rank(degree) -%}
    case {{ degree }}
                when 'doctor' then 6 when 'master' then 5 when 'bachelor' then 4 when 'college' then 3 when 'secondary' then 2
                when 'below' then 1
            end
{%- endmacro %}

{#- A row of the roster (`listed`) with what is known of its person: her own facts where a child table names her (`named`), else what its
    silence says (`others`). -#}
{% macro person_facts() -%}
listed.county_code,
        listed.school_year,
        listed.census_school_code,
        listed.person,
        listed.category is null as category_unknown,
        -- on the row, else what the person teaches, else the only stage of the school
        coalesce(listed.stage, named.taught_stage, {{ only_stage('schools') }}) as stage,
        coalesce(
            {{ degree_rank('listed.degree') }},
            named.degree_rank
        ) as degree_rank,
        {%- for flag in ["certified", "trained_360h", "exchanged"] %}
        case when named.person is null then others.{{ flag }} else named.{{ flag }} end as {{ flag }},
        {%- endfor %}
        case
            when named.is_backbone or listed.is_backbone = 1 then true
            when named.person is null then coalesce(others.is_backbone, listed.is_backbone = 1)
            else coalesce(named.is_backbone, listed.is_backbone = 1)
        end as is_backbone,
        coalesce(listed.subject = 'pe_art', named.teaches_pe_art) as teaches_pe_art,
        listed.subject_name as subject,
        listed.exchange_eligible
{%- endmacro %}

{#- What person_facts reads beside the row. -#}
{% macro person_lookups() -%}
left join {{ ref('int_census__school') }} as schools
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
{%- endmacro %}

{#- How many of a group hold; null as soon as it is unknown of one. -#}
{% macro known_count(condition) -%}
    case when count(*) = count({{ condition }}) then count(*) filter (where {{ condition }}) end
{%- endmacro %}

{#- The schools of a relation, once for each stage of compulsory education that the census says they have. -#}
{% macro stages_of_schools(listed) -%}
    {%- for stage in compulsory_stages() %}
    select
        listed.*,
        '{{ stage }}' as stage
    from {{ listed }} as listed
    inner join {{ ref('int_census__school') }} as schools using (county_code, school_year, school_code)
    where schools.has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
