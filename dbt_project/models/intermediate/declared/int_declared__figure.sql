{%- set values = {
    "declared_qualified": "L1", "declared_backbone": "L2", "declared_pe_art": "L3", "declared_teaching_area": "L4",
    "declared_sports_area": "L5", "declared_equipment": "L6", "declared_multimedia": "L7",
} %}
with

school_rows as (
    {{ source_rows_in_force('stg_declared_forms_school__school', 'declared_forms_school') }}
),

county_rows as (
    {{ source_rows_in_force('stg_declared_forms_county__measure', 'declared_forms_county') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

school_names as (
    select * from {{ ref('int_roster__school_name') }}
),

resolved as (
    {{ with_census_school('school_rows', 'schools', 'school_names') }}
),

-- a line whose stage the form does not tell: the only one that the school has; null where it has several or is not known
declared_schools as (
    select
        resolved.county_code,
        resolved.school_year,
        coalesce(
            resolved.stage,
            case
                {%- for stage in compulsory_stages() %}
                when
                    schools.has_{{ stage }}
                    {%- for other in compulsory_stages() if other != stage %}
                    and not schools.has_{{ other }}
                    {%- endfor %}
                    then '{{ stage }}'
                {%- endfor %}
            end
        ) as stage,
        coalesce(resolved.census_school_code, resolved.school_code) as school_code,
        resolved.school_name,
        resolved.declared_pupils,
        {%- for column in values %}
        resolved.{{ column }},
        {%- endfor %}
        resolved.submission_id,
        resolved.sheet,
        resolved.row_number
    from resolved
    left join schools
        on
            resolved.county_code = schools.county_code
            and resolved.school_year = schools.school_year
            and resolved.census_school_code = schools.school_code
),

figures as (
    select
        county_code,
        school_year,
        'II-2' as form,
        stage,
        school_code,
        school_name,
        'pupils' as indicator_code,
        'pupils' as measure,
        cast(declared_pupils as decimal(28, 8)) as declared_value,
        submission_id,
        sheet,
        row_number
    from declared_schools
    union all
    {%- for column, indicator in values.items() %}
    select
        county_code,
        school_year,
        'II-2' as form,
        stage,
        school_code,
        school_name,
        '{{ indicator }}' as indicator_code,
        'value' as measure,
        {{ column }} as declared_value,
        submission_id,
        sheet,
        row_number
    from declared_schools
    union all
    select
        county_code,
        school_year,
        'III' as form,
        stage,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as school_name,
        '{{ indicator }}' as indicator_code,
        measure,
        {{ column }} as declared_value,
        submission_id,
        sheet,
        row_number
    from county_rows
    union all
    {%- endfor %}
    select
        county_code,
        school_year,
        'III' as form,
        stage,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as school_name,
        'composite' as indicator_code,
        measure,
        declared_composite as declared_value,
        submission_id,
        sheet,
        row_number
    from county_rows
    where measure = 'coefficient'
),

-- 表Ⅱ-2 and 测算表 of one file say the same, or both were refused
placed as (
    select
        *,
        row_number() over (
            partition by county_code, school_year, form, stage, coalesce(school_code, school_name), indicator_code, measure
            order by submission_id, sheet, row_number
        ) as place
    from figures
    where declared_value is not null
),

final as (
    select
        county_code,
        school_year,
        form,
        stage,
        school_code,
        school_name,
        indicator_code,
        measure,
        declared_value,
        submission_id,
        sheet,
        row_number
    from placed
    where place = 1
)

select * from final
