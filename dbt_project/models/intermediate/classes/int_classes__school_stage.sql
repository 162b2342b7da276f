{%- set counts = ["classes", "pupils_in_classes", "largest_class", "classes_over_limit"] -%}
{%- for band in class_size_bands() %}{% do counts.append("classes_" ~ band) %}{% endfor -%}
with

classes as (
    select * from {{ ref('int_classes__class') }}
),

incomplete as (
    select * from {{ ref('int_lists__incomplete_school') }}
    where source = 'class_list'
),

bands as (
    select * from {{ ref('class_size_bands') }}
),

rule_limits as (
    select * from {{ ref('rule_class_limits') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

-- the strictest of the rule sets that hold for the county
limits as (
    select
        county_rulesets.county_code,
        county_rulesets.school_year,
        rule_limits.stage,
        min(rule_limits.class_limit) as class_limit
    from county_rulesets
    inner join rule_limits using (ruleset_id)
    where county_rulesets.is_selected
    group by county_rulesets.county_code, county_rulesets.school_year, rule_limits.stage
),

sizes as (
    select distinct pupils  -- each size is looked up once, not each class
    from classes
),

size_bands as (
    select
        sizes.pupils,
        bands.band
    from sizes
    inner join bands on sizes.pupils >= bands.lower_pupils and (bands.upper_pupils is null or sizes.pupils <= bands.upper_pupils)
),

-- schools of which a class list speaks; of the others nothing is known, and they have no row
listed_schools as (
    select
        county_code,
        school_year,
        census_school_code as school_code,
        bool_or(stage is null) as stage_unknown
    from classes
    where census_school_code is not null
    group by county_code, school_year, census_school_code
),

school_stages as (
    {{ stages_of_schools('listed_schools', ref('int_census__school')) }}
),

counted as (
    select
        classes.county_code,
        classes.school_year,
        classes.census_school_code as school_code,
        classes.stage,
        count(*) as classes,
        sum(classes.pupils) as pupils_in_classes,
        max(classes.pupils) as largest_class,
        {%- for band in class_size_bands() %}
        count(*) filter (where size_bands.band = '{{ band }}') as classes_{{ band }},
        {%- endfor %}
        case when limits.class_limit is not null then count(*) filter (where classes.pupils > limits.class_limit) end
            as classes_over_limit,
        bool_or(classes.pupils is null) as pupils_unknown
    from classes
    left join size_bands using (pupils)
    left join limits using (county_code, school_year, stage)
    where classes.census_school_code is not null
    group by classes.county_code, classes.school_year, classes.census_school_code, classes.stage, limits.class_limit
),

joined as (
    select
        school_stages.county_code,
        school_stages.school_year,
        school_stages.school_code,
        school_stages.stage,
        case
            when incomplete.school_code is not null then 'rows_quarantined'
            when school_stages.stage_unknown then 'stage_unknown'
            when counted.classes is null then 'stage_not_listed'
            when counted.pupils_unknown then 'pupils_unknown'
        end as undecided_reason,
        {%- for name in counts %}
        counted.{{ name }},
        {%- endfor %}
        limits.class_limit
    from school_stages
    left join counted using (county_code, school_year, school_code, stage)
    left join incomplete using (county_code, school_year, school_code)
    left join limits using (county_code, school_year, stage)
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        {%- for name in counts %}
        cast(case when undecided_reason is null then {{ name }} end as bigint) as {{ name }},
        {%- endfor %}
        class_limit,
        undecided_reason
    from joined
)

select * from final
