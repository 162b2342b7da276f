with

schools as (
    select * from {{ ref('int_census__school') }}
),

bands as (
    select * from {{ ref('class_size_bands') }}
),

limits as (
    select
        {%- for band in class_size_bands() %}
        max(case when band = '{{ band }}' then lower_pupils end) as least_{{ band }},
        max(case when band = '{{ band }}' then upper_pupils end) as most_{{ band }},
        {%- endfor %}
        count(*) as n_bands
    from bands
),

final as (
    {%- for stage in compulsory_stages() %}
    {%- for measure, figure in review_stage_measures(stage).items() %}
    select
        county_code,
        school_year,
        school_code,
        '{{ stage }}' as stage,
        '{{ measure }}' as measure,
        cast({{ figure }} as decimal(28, 8)) as value
    from schools
    where has_{{ stage }}
    union all
    {%- endfor %}
    -- the fewest and the most pupils that the classes of each band can have; a band without an end goes to the largest class
    {%- for measure in ["least", "most"] %}
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        '{{ stage }}' as stage,
        'bands_{{ measure }}' as measure,
        cast(
            {%- for band in class_size_bands() %}
            {{ "+ " if not loop.first }}case
                when schools.classes_{{ stage }}_{{ band }} = 0 then 0
                else
                    schools.classes_{{ stage }}_{{ band }}
                    * coalesce(limits.{{ measure }}_{{ band }}, schools.largest_class_{{ stage }})
            end
            {%- endfor %}
            as decimal(28, 8)
        ) as value
    from schools
    cross join limits
    where schools.has_{{ stage }}
    union all
    {%- endfor %}
    {%- endfor %}
    {%- for measure, figure in review_school_measures().items() %}
    select
        county_code,
        school_year,
        school_code,
        'all' as stage,
        '{{ measure }}' as measure,
        cast({{ figure }} as decimal(28, 8)) as value
    from schools
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
