{%- set bands = class_size_bands() %}
with

requirements as (
    select * from {{ ref('fct_school_requirement') }}
    where requirement_code = 'G5'
),

schools as (
    select * from {{ ref('dim_school') }}
),

figures as (
    select * from {{ ref('int_balance__school') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

listed as (
    select * from {{ ref('int_classes__school_stage') }}
),

limits as (
    {{ rows_with_base('rule_class_limits', ['stage'], ['class_limit']) }}
),

census_classes as (
    {%- for stage in compulsory_stages() %}
    select
        county_code,
        school_year,
        school_code,
        '{{ stage }}' as stage,
        pupils_{{ stage }} as pupils,
        classes_{{ stage }} as classes,
        largest_class_{{ stage }} as largest_class,
        {%- for band in bands %}
        classes_{{ stage }}_{{ band }} as classes_{{ band }},
        {%- endfor %}
        {% for band in bands -%}
        {{ "and " if not loop.first }}classes_{{ stage }}_{{ band }} is not null
        {% endfor -%}
            as has_bands
    from figures
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- a list of classes speaks of one school code: of a school with campuses it would be a part
listed_classes as (
    select listed.*
    from listed
    where
        listed.undecided_reason is null
        and not exists (
            select 1
            from folding
            where
                folding.county_code = listed.county_code
                and folding.school_year = listed.school_year
                and folding.main_school_code = listed.school_code
        )
),

-- the bands of the census; where they are not whole, those of the list of classes
chosen as (
    select
        census_classes.county_code,
        census_classes.school_year,
        census_classes.school_code,
        census_classes.pupils,
        case
            when census_classes.has_bands then 'census'
            when listed_classes.school_code is not null then 'class_list'
        end as bands_from,
        {%- for name in ["classes", "largest_class"] %}
        coalesce(census_classes.{{ name }}, listed_classes.{{ name }}) as {{ name }},  -- the list only where the census is silent
        {%- endfor %}
        {%- for band in bands %}
        case when census_classes.has_bands then census_classes.classes_{{ band }} else listed_classes.classes_{{ band }} end
            as classes_{{ band }},
        {%- endfor %}
        census_classes.stage
    from census_classes
    left join listed_classes using (county_code, school_year, school_code, stage)
),

final as (
    select
        requirements.county_code,
        requirements.school_year,
        {{ first_day_of_school_year('requirements.school_year') }} as school_year_start,
        requirements.ruleset_id,
        requirements.school_code,
        requirements.part as stage,
        schools.school_name,
        schools.township,
        schools.display_order,
        chosen.pupils,
        cast(chosen.classes as integer) as classes,
        cast(chosen.largest_class as integer) as largest_class,
        chosen.bands_from,
        {%- for band in bands %}
        cast(chosen.classes_{{ band }} as integer) as classes_{{ band }},
        {%- endfor %}
        limits.class_limit,
        cast(requirements.value as integer) as classes_over_limit,
        requirements.verdict,
        requirements.waiting_for_zh
    from requirements
    inner join schools using (county_code, school_year, school_code)
    inner join chosen
        on
            requirements.county_code = chosen.county_code
            and requirements.school_year = chosen.school_year
            and requirements.school_code = chosen.school_code
            and requirements.part = chosen.stage
    inner join limits on requirements.ruleset_id = limits.ruleset_id and requirements.part = limits.stage
)

select * from final
