with

rows_in_force as (
    select * from {{ ref('int_census__row_in_force') }}
),

kinds as (
    select * from {{ ref('school_kinds') }}
),

-- files of one night complete each other: the gate has refused those that contradict, so max() only fills gaps
schools as (
    select
        county_code,
        school_year,
        {%- for column in [
            "school_name", "school_kind_code", "display_order", "township", "urban_rural_code", "sponsor_code",
            "operating_status_code", "counts_as_school", "main_school_code"
        ] %}
        max({{ column }}) as {{ column }},
        {%- endfor %}
        {%- for stage in pupil_stages() %}
        max(pupils_{{ stage }}) as pupils_{{ stage }},
        {%- endfor %}
        {%- for item in rule_items() %}
        max({{ item }}) as {{ item }},
        {%- endfor %}
        school_code
    from rows_in_force
    group by county_code, school_year, school_code
),

final as (
    select
        schools.*,
        kinds.sector,
        {%- for stage in pupil_stages() %}
        -- an unknown kind has no stage of its own: only reported pupils bring one in
        coalesce(kinds.has_{{ stage }}, false) as kind_has_{{ stage }},
        coalesce(kinds.has_{{ stage }}, false) or coalesce(schools.pupils_{{ stage }} > 0, false) as has_{{ stage }},
        {%- endfor %}
        -- the kind decides first; a campus folds when it is not counted as a school (empty: it is)
        coalesce(
            not kinds.never_folds
            and (kinds.always_folds or schools.counts_as_school = 0)
            and schools.main_school_code <> schools.school_code,
            false
        ) as should_fold
    from schools
    left join kinds on schools.school_kind_code = kinds.kind_code
)

select * from final
