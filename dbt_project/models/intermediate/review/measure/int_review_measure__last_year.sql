with

census as (
    select * from {{ ref('int_review__census') }}
),

review_items as (
    select * from {{ ref('review_items') }}
),

predecessors as (
    select * from {{ ref('int_census__predecessor') }}
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

-- measures that somebody asks of last year: they are looked for on the way, not after all have been added
measures_asked as (
    select left_measure as measure
    from review_items
    where left_source = 'last_year'
    union
    select right_measure as measure
    from review_items
    where right_source = 'last_year'
),

final as (
    select
        'last_year' as source,
        predecessors.county_code,
        predecessors.school_year,
        predecessors.school_code,
        census.stage,
        census.measure,
        {{ sum_if_all_known('census.value', 'decimal(28, 8)') }} as value,
        cast(null as {{ text_type() }}) as undecided_reason
    from predecessors
    inner join whole_schools using (county_code, school_year, school_code)
    inner join census
        on
            predecessors.county_code = census.county_code
            and predecessors.school_year = census.school_year + 1
            and predecessors.previous_school_code = census.school_code
    inner join measures_asked using (measure)
    group by
        predecessors.county_code, predecessors.school_year, predecessors.school_code, census.stage, census.measure
)

select * from final
