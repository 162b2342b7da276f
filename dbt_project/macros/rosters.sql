{#- Rows with the school they mean: its code, else the only school of that name in the census of the county and year. Null: none
    or several; never guessed. `schools`: rows of int_census__school, `school_names`: of int_roster__school_name. -#}
{% macro with_census_school(rows_given, schools, school_names) %}
    select
        {{ rows_given }}.*,
        coalesce(
            {{ schools }}.school_code, case when {{ rows_given }}.school_code is null then {{ school_names }}.school_code end
        ) as census_school_code
    from {{ rows_given }}
    left join {{ schools }}
        on
            {{ rows_given }}.county_code = {{ schools }}.county_code
            and {{ rows_given }}.school_year = {{ schools }}.school_year
            and {{ rows_given }}.school_code = {{ schools }}.school_code
    left join {{ school_names }}
        on
            {{ rows_given }}.county_code = {{ school_names }}.county_code
            and {{ rows_given }}.school_year = {{ school_names }}.school_year
            -- nobody whose row states a code is looked up by name
            and case when {{ rows_given }}.school_code is null then {{ rows_given }}.school_name end = {{ school_names }}.school_name
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

{#- Degrees in their order. -#}
{% macro degree_rank(degree) -%}
    case {{ degree }}
        when 'doctor' then 6 when 'master' then 5 when 'bachelor' then 4 when 'college' then 3 when 'secondary' then 2 when 'below' then 1
    end
{%- endmacro %}

{#- How many of a group hold; null as soon as it is unknown of one. -#}
{% macro known_count(condition) -%}
    case when count(*) = count({{ condition }}) then count(*) filter (where {{ condition }}) end
{%- endmacro %}

{#- The schools of a relation, once for each stage of compulsory education that the census (`schools`) says they have. -#}
{% macro stages_of_schools(listed, schools) -%}
    {%- for stage in compulsory_stages() %}
    select
        listed.*,
        '{{ stage }}' as stage
    from {{ listed }} as listed
    inner join {{ schools }} as schools using (county_code, school_year, school_code)
    where schools.has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
