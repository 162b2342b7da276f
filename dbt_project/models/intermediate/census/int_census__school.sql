with

reported_schools as (
    select * from {{ ref('int_census__reported_school') }}
),

corrections as (
    select * from {{ ref('int_census__correction') }}
),

kinds as (
    select * from {{ ref('school_kinds') }}
),

-- one row per corrected school; a correction may make a figure unknown, so its value alone does not say that there is one
corrected_schools as (
    select
        county_code,
        school_year,
        school_code,
    {%- for item in correctable_items() %}
    bool_or(field = '{{ item }}') as corrects_{{ item }},
    max(case when field = '{{ item }}' then corrected_value end) as {{ item }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from corrections
    where state = 'applied'
    group by county_code, school_year, school_code
),

schools as (
    select
        reported.county_code,
        reported.school_year,
        reported.school_code,
        {%- for column in school_attributes() + room_lists() %}
        reported.{{ column }},
        {%- endfor %}
    {%- for item, data_type in correctable_items().items() %}
    case
        when corrected.corrects_{{ item }} then cast(corrected.{{ item }} as {{ data_type }})
        else reported.{{ item }}
    end as {{ item }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from reported_schools as reported
    left join corrected_schools as corrected using (county_code, school_year, school_code)
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
