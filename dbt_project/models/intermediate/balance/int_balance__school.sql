{%- set attributes = [
    "school_name", "school_kind_code", "sector", "sponsor_code", "urban_rural_code", "is_boarding", "is_dense_centre", "built_year",
    "operating_status_code",
] %}
with

schools as (
    select * from {{ ref('int_census__school') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

-- what an empty cell of a unit means before the units of a school are added
units as (
    select
        schools.county_code,
        schools.school_year,
        coalesce(folding.main_school_code, schools.school_code) as school_code,  -- itself unless folded
        folding.main_school_code is null as is_main,
        schools.school_name,
        schools.school_kind_code,
        schools.sector,
        schools.sponsor_code,
        {%- for stage in pupil_stages() %}
        schools.kind_has_{{ stage }},
        -- no pupils are reported for a stage the kind lacks: none, not unknown
        case when not schools.has_{{ stage }} then coalesce(schools.pupils_{{ stage }}, 0) else schools.pupils_{{ stage }} end
            as pupils_{{ stage }},
        {%- for item in staff_items(stage) + stage_counts(stage) %}
        -- nor any staff or class of a stage the unit does not have
        case when not schools.has_{{ stage }} then coalesce(schools.{{ item }}, 0) else schools.{{ item }} end as {{ item }},
        {%- endfor %}
        {%- for item in stage_maxima(stage) %}
        case when not schools.has_{{ stage }} then coalesce(schools.{{ item }}, 0) else schools.{{ item }} end as {{ item }},
        {%- endfor %}
        {%- endfor %}
        {%- for item in premises_items() + school_means() %}
        -- attached classes sit in the main school's rooms and have none of their own; a campus has, so empty is unknown
        case
            when folding.main_school_code is not null and schools.sector = 'attached' then coalesce(schools.{{ item }}, 0)
            else schools.{{ item }}
        end as {{ item }},
        {%- endfor %}
        -- among the pupils of the stages; a kindergarten class has none
        case
            when not schools.has_primary and not schools.has_junior and not schools.has_senior
                then coalesce(schools.migrant_pupils, 0)
            else schools.migrant_pupils
        end as migrant_pupils,
        schools.urban_rural_code,
        schools.is_boarding,
        schools.is_dense_centre,
        schools.built_year,
        schools.operating_status_code
    from schools
    left join folding using (county_code, school_year, school_code)
),

sums as (
    select
        county_code,
        school_year,
        {%- for column in attributes %}
        max(case when is_main then {{ column }} end) as {{ column }},
        {%- endfor %}
        {%- for stage in pupil_stages() %}
        bool_or(is_main and kind_has_{{ stage }}) as kind_has_{{ stage }},
        {{ sum_if_all_known("pupils_" ~ stage, "bigint") }} as pupils_{{ stage }},
        {%- endfor %}
        {%- for stage in school_stages() %}
        {%- for item in stage_counts(stage) %}
        {{ sum_if_all_known(item, "decimal(24, 4)") }} as {{ item }},
        {%- endfor %}
        {%- for item in stage_maxima(stage) %}
        case when count(*) = count({{ item }}) then max({{ item }}) end as {{ item }},
        {%- endfor %}
        {%- endfor %}
        {%- for item in rule_items() + school_means() + ["migrant_pupils"] %}
        {#- wider than the census has them: DuckDB multiplies decimals of up to 18 digits without room for more -#}
        {{ sum_if_all_known(item, "decimal(24, 4)") }} as {{ item }},
        {%- endfor %}
        school_code
    from units
    group by county_code, school_year, school_code
),

-- a campus or class that only a refused file holds: its stages, and the premises of the whole, are unknown
withheld_units as (
    select
        county_code,
        school_year,
        {%- for stage in school_stages() %}
        bool_or(has_{{ stage }}) as has_{{ stage }},
        {%- endfor %}
        main_school_code as school_code
    from withheld_schools
    where main_school_code is not null
    group by county_code, school_year, main_school_code
),

final as (
    select
        sums.county_code,
        sums.school_year,
        {%- for column in attributes %}
        sums.{{ column }},
        {%- endfor %}
        {%- for stage in pupil_stages() %}
        sums.kind_has_{{ stage }},
        {%- if stage in school_stages() %}
        {%- for item in ["pupils_" ~ stage] + staff_items(stage) + stage_counts(stage) + stage_maxima(stage) %}
        case when not coalesce(withheld_units.has_{{ stage }}, false) then sums.{{ item }} end as {{ item }},
        {%- endfor %}
        {%- else %}
        sums.pupils_{{ stage }},
        {%- endif %}
        {%- endfor %}
        {%- for item in premises_items() + school_means() + ["migrant_pupils"] %}
        case when withheld_units.school_code is null then sums.{{ item }} end as {{ item }},
        {%- endfor %}
        sums.school_code
    from sums
    left join withheld_units using (county_code, school_year, school_code)
)

select * from final
