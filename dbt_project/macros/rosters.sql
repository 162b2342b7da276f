{#- Rows of a source of persons (or classes) that are in force: of submissions that may still supply rows, without those the judgement gave up. -#}
{% macro person_rows_in_force(model, source_name) %}
    select
        rows_given.*,
        coverage.delivery_night
    from {{ ref(model) }} as rows_given
    inner join {{ ref('int_ledger__coverage_in_force') }} as coverage
        on
            rows_given.submission_id = coverage.submission_id
            and rows_given.county_code = coverage.county_code
            and rows_given.school_year = coverage.school_year
            and coverage.source = '{{ source_name }}'
    left join {{ ref('int_roster__left_out_row') }} as left_out
        on
            rows_given.submission_id = left_out.submission_id
            and rows_given.sheet is not distinct from left_out.sheet
            and rows_given.row_number = left_out.row_number
    where left_out.submission_id is null
{% endmacro %}

{#- Rows whose school cannot be read or that the judgement gave up, of submissions in force: somebody of that school is not counted. -#}
{% macro person_rows_missing(model, quarantined_model, source_name) %}
    select
        coverage.county_code,
        coverage.school_year,
        rows_given.school_code,
        rows_given.school_name,
        coverage.delivery_night
    from {{ ref(model) }} as rows_given
    inner join {{ ref('int_ledger__coverage_in_force') }} as coverage
        on rows_given.submission_id = coverage.submission_id and coverage.source = '{{ source_name }}'
    inner join {{ ref('int_roster__left_out_row') }} as left_out
        on
            rows_given.submission_id = left_out.submission_id
            and rows_given.sheet is not distinct from left_out.sheet
            and rows_given.row_number = left_out.row_number
    where rows_given.county_code = coverage.county_code and rows_given.school_year = coverage.school_year
    union all
    select
        coverage.county_code,
        coverage.school_year,
        rows_given.school_code,
        rows_given.school_name,
        coverage.delivery_night
    from {{ ref(quarantined_model) }} as rows_given
    inner join {{ ref('int_ledger__coverage_in_force') }} as coverage
        on rows_given.submission_id = coverage.submission_id and coverage.source = '{{ source_name }}'
    where
        coalesce(rows_given.county_code, coverage.county_code) = coverage.county_code
        and coalesce(rows_given.school_year, coverage.school_year) = coverage.school_year
{% endmacro %}

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
            and rows_given.school_name = by_name.school_name
{% endmacro %}

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

{#- How many of a group hold; null as soon as it is unknown of one. -#}
{% macro known_count(condition) -%}
    case when count(*) = count({{ condition }}) then count(*) filter (where {{ condition }}) end
{%- endmacro %}
