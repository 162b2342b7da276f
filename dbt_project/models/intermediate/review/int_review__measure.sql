with

census as (
    select * from {{ ref('int_review__census') }}
),

items_asked as (
    select * from {{ ref('review_items') }}
),

predecessors as (
    select * from {{ ref('int_census__predecessor') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

amounts as (
    select * from {{ ref('int_requirement__amount') }}
),

roster as (
    select * from {{ ref('int_roster__school_stage') }}
),

registry as (
    select * from {{ ref('int_pupils__school_grade') }}
),

classes as (
    select * from {{ ref('int_classes__school_stage') }}
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

measures_asked as (
    select
        left_source as source,
        left_measure as measure
    from items_asked
    union
    select
        right_source as source,
        right_measure as measure
    from items_asked
),

-- schools of the year before that went on into one school only
successors as (
    select
        county_code,
        school_year,
        previous_school_code,
        max(school_code) as school_code
    from predecessors
    group by county_code, school_year, previous_school_code
    having count(*) = 1
),

-- schools all of whose predecessors are such: what was split is not compared
whole_schools as (
    select
        predecessors.county_code,
        predecessors.school_year,
        predecessors.school_code
    from predecessors
    left join successors using (county_code, school_year, previous_school_code)
    group by predecessors.county_code, predecessors.school_year, predecessors.school_code
    having count(*) = count(successors.school_code)
),

last_year as (
    select
        predecessors.county_code,
        predecessors.school_year,
        predecessors.school_code,
        census.stage,
        census.measure,
        {{ sum_if_all_known('census.value', 'decimal(28, 8)') }} as value
    from predecessors
    inner join whole_schools using (county_code, school_year, school_code)
    inner join census
        on
            predecessors.county_code = census.county_code
            and predecessors.school_year = census.school_year + 1
            and predecessors.previous_school_code = census.school_code
    inner join measures_asked on measures_asked.source = 'last_year' and census.measure = measures_asked.measure
    group by
        predecessors.county_code, predecessors.school_year, predecessors.school_code, census.stage, census.measure
),

sums as (
    select
        county_code,
        {%- for item, figure in form_1_sums().items() %}
        {{ sum_if_all_known(figure, "decimal(28, 8)") }} as {{ figure }},
        {%- endfor %}
        school_year
    from schools
    group by county_code, school_year
),

-- teachers added up as the requirements do; where rule sets count other schools there is no one sum
teacher_sums as (
    select
        county_code,
        school_year,
        item,
        {{ agreed('amount') }} as value
    from amounts
    where source = 'census' and stage = 'all'
    group by county_code, school_year, item
),

registry_stages as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        {{ sum_if_all_known('pupils', 'decimal(28, 8)') }} as pupils,
        {{ sum_if_all_known('classes', 'decimal(28, 8)') }} as classes,
        case when count(*) = count(largest_class) then max(largest_class) end as largest_class,
        min(undecided_reason) as undecided_reason
    from registry
    where stage in ('primary', 'junior')
    group by county_code, school_year, school_code, stage
),

-- the latest period of each item
dated_items as (
    select
        county_code,
        school_year,
        item_code,
        value,
        row_number() over (
            partition by county_code, school_year, item_code
            order by reference_period desc nulls last, value asc
        ) as place
    from items
    where unit_code is null and stage = 'all' and value is not null
),

measures as (
    select
        'census' as source,
        county_code,
        school_year,
        school_code,
        stage,
        measure,
        value,
        cast(null as {{ text_type() }}) as undecided_reason
    from census
    union all
    select
        'last_year' as source,
        county_code,
        school_year,
        school_code,
        stage,
        measure,
        value,
        cast(null as {{ text_type() }}) as undecided_reason
    from last_year
    union all
    {%- for measure in review_roster_measures() %}
    select
        'roster' as source,
        county_code,
        school_year,
        school_code,
        stage,
        '{{ measure }}' as measure,
        cast({{ measure }} as decimal(28, 8)) as value,
        undecided_reason
    from roster
    union all
    {%- endfor %}
    {%- for measure in ["pupils", "classes", "largest_class"] %}
    select
        'registry' as source,
        county_code,
        school_year,
        school_code,
        stage,
        '{{ measure }}' as measure,
        cast({{ measure }} as decimal(28, 8)) as value,
        undecided_reason
    from registry_stages
    union all
    {%- endfor %}
    {%- for measure, figure in {
        "pupils": "pupils_in_classes", "classes": "classes", "largest_class": "largest_class", "classes_over": "classes_over_limit",
    }.items() %}
    select
        'class_list' as source,
        county_code,
        school_year,
        school_code,
        stage,
        '{{ measure }}' as measure,
        cast({{ figure }} as decimal(28, 8)) as value,
        undecided_reason
    from classes
    union all
    {%- endfor %}
    {%- for item, figure in form_1_sums().items() %}
    select
        'census_sum' as source,
        county_code,
        school_year,
        cast(null as {{ text_type() }}) as school_code,
        'all' as stage,
        '{{ figure }}' as measure,
        {{ figure }} as value,
        cast(null as {{ text_type() }}) as undecided_reason
    from sums
    union all
    {%- endfor %}
    select
        'census_sum' as source,
        county_code,
        school_year,
        cast(null as {{ text_type() }}) as school_code,
        'all' as stage,
        item as measure,
        value,
        cast(null as {{ text_type() }}) as undecided_reason
    from teacher_sums
    union all
    select
        'county_items' as source,
        county_code,
        school_year,
        cast(null as {{ text_type() }}) as school_code,
        'all' as stage,
        item_code as measure,
        value,
        cast(null as {{ text_type() }}) as undecided_reason
    from dated_items
    where place = 1
),

final as (
    select
        measures.source,
        measures.county_code,
        measures.school_year,
        measures.school_code,
        measures.stage,
        measures.measure,
        cast(measures.value as decimal(28, 8)) as value,
        measures.undecided_reason
    from measures
    inner join measures_asked using (source, measure)
)

select * from final
