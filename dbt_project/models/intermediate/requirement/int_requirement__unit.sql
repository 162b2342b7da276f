with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

units as (
    select
        schools.*,
        coalesce(folding.main_school_code, schools.school_code) as head_code  -- itself unless folded
    from schools
    left join folding using (county_code, school_year, school_code)
),

final as (
    select
        units.county_code,
        units.school_year,
        scope.ruleset_id,
        units.head_code as school_code,
        units.school_code as unit_code,
        units.sector,
        {%- for stage in compulsory_stages() %}
        -- unknown pupils are there, none are not
        units.has_{{ stage }} and (units.pupils_{{ stage }} is null or units.pupils_{{ stage }} > 0) as has_{{ stage }},
        units.largest_class_{{ stage }},
        units.classes_over_{{ stage }},
        {%- for band in class_size_bands() %}
        units.classes_{{ stage }}_{{ band }},
        {%- endfor %}
        {%- endfor %}
        {%- for kind in ["music", "art"] %}
        units.{{ kind }}_rooms,
        nullif(trim(replace(units.{{ kind }}_room_areas_m2, '；', ';')), '') as {{ kind }}_room_areas_m2,
        {%- endfor %}
        units.head_code = units.school_code as is_head
    from units
    inner join scope
        on
            units.county_code = scope.county_code
            and units.school_year = scope.school_year
            and units.head_code = scope.school_code
)

select * from final
