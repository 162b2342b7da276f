{#- Figures of a stage that are compared as they are: measure, by the name that review_items uses → figure of the census. -#}
{%- set figures = {
    "pupils": "pupils", "classes": "classes", "classes_over": "classes_over", "largest_class": "largest_class",
    "teachers": "teachers", "above_degree": "qualified", "backbone": "backbone", "pe_art": "pe_art", "certified": "certified",
    "trained_360h": "trained360", "exchange_eligible": "exchange_eligible", "exchanged": "exchanged",
    "exchanged_backbone": "exchanged_backbone",
} %}
{#- Of a stage, figures that are made of several. -#}
{%- set made = {
    "largest_class_times_classes": "largest_class * classes",
    "bands_classes": "classes_" ~ class_size_bands() | join(" + classes_"),
    "bands_over": "case when bands_above is not null then " ~ classes_in_bands("classes_", "bands_above") ~ " end",
} %}
{#- Of a whole school. -#}
{%- set of_a_school = {
    "teaching_area_m2": "teaching_area_m2",
    "sports_area_m2": "indoor_sports_area_m2 + outdoor_sports_area_m2",
    "equipment_value_wan_yuan": "equipment_value_wan_yuan",
    "multimedia_rooms": "multimedia_rooms",
    "migrants": "migrant_pupils",
} %}
{%- for figure in ["classes", "pupils"] %}
{%- set summands = [] %}
{%- for stage in school_stages() %}
{%- do summands.append("case when has_" ~ stage ~ " then " ~ figure ~ "_" ~ stage ~ " else 0 end") %}
{%- endfor %}
{%- do of_a_school.update({figure ~ "_all": summands | join(" + ")}) %}
{%- endfor %}
with

schools as (
    select * from {{ ref('int_census__school') }}
),

bands as (
    select * from {{ ref('class_size_bands') }}
),

class_limits as (
    select * from {{ ref('rule_class_limits') }}
),

rule_sets as (
    select * from {{ ref('rule_sets') }}
),

-- the census counts what is above the limit of the rule set whose schools are assessed
large_classes as (
    select
        class_limits.stage,
        class_limits.bands_above
    from class_limits
    inner join rule_sets using (ruleset_id)
    where rule_sets.defines_school_scope
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

school_stages as (
    {%- for stage in compulsory_stages() %}
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        '{{ stage }}' as stage,
        {%- for measure, figure in figures.items() %}
        schools.{{ figure }}_{{ stage }} as {{ measure }},
        {%- endfor %}
        {%- for band in class_size_bands() %}
        schools.classes_{{ stage }}_{{ band }} as classes_{{ band }},
        {%- endfor %}
        large_classes.bands_above
    from schools
    left join large_classes on large_classes.stage = '{{ stage }}'
    where schools.has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    {%- for measure in figures.keys() | list + made.keys() | list %}
    select
        county_code,
        school_year,
        school_code,
        stage,
        '{{ measure }}' as measure,
        cast({{ made.get(measure, measure) }} as decimal(28, 8)) as value
    from school_stages
    union all
    {%- endfor %}
    -- the fewest and the most pupils that the classes of each band can have; a band without an end goes to the largest class
    {%- for measure in ["least", "most"] %}
    select
        school_stages.county_code,
        school_stages.school_year,
        school_stages.school_code,
        school_stages.stage,
        'bands_{{ measure }}' as measure,
        cast(
            {%- for band in class_size_bands() %}
            {{ "+ " if not loop.first }}case
                when school_stages.classes_{{ band }} = 0 then 0
                else school_stages.classes_{{ band }} * coalesce(limits.{{ measure }}_{{ band }}, school_stages.largest_class)
            end
            {%- endfor %}
            as decimal(28, 8)
        ) as value
    from school_stages
    cross join limits
    union all
    {%- endfor %}
    {%- for measure, figure in of_a_school.items() %}
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
