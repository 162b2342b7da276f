{#- List of persons or classes → measure → figure of the list. -#}
{%- set figures = {
    "roster": {
        "teachers": "teachers", "above_degree": "above_degree", "backbone": "backbone", "pe_art": "pe_art",
        "certified": "certified", "trained_360h": "trained_360h", "exchange_eligible": "exchange_eligible", "exchanged": "exchanged",
        "exchanged_backbone": "exchanged_backbone",
    },
    "registry": {"pupils": "pupils", "classes": "classes", "largest_class": "largest_class"},
    "class_list": {
        "pupils": "pupils_in_classes", "classes": "classes", "largest_class": "largest_class",
        "classes_over": "classes_over_limit",
    },
} %}
with

roster as (
    select * from {{ ref('int_roster__school_stage') }}
),

grades as (
    select * from {{ ref('int_pupils__school_grade') }}
),

class_list as (
    select * from {{ ref('int_classes__school_stage') }}
),

registry as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        {{ sum_if_all_known('pupils', 'decimal(28, 8)') }} as pupils,
        {{ sum_if_all_known('classes', 'decimal(28, 8)') }} as classes,
        case when count(*) = count(largest_class) then max(largest_class) end as largest_class,
        min(undecided_reason) as undecided_reason
    from grades
    where stage in ('primary', 'junior')
    group by county_code, school_year, school_code, stage
),

final as (
    {%- for source, measures in figures.items() %}
    {%- set outer = loop %}
    {%- for measure, figure in measures.items() %}
    select
        '{{ source }}' as source,
        county_code,
        school_year,
        school_code,
        stage,
        '{{ measure }}' as measure,
        cast({{ figure }} as decimal(28, 8)) as value,
        undecided_reason
    from {{ source }}
    {{ "union all" if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}
)

select * from final
