with

census_rows as (
    select * from {{ ref('int_census__row_in_force') }}
),

roster_rows as (
    select * from {{ ref('int_roster__row_in_force') }}
),

registry_rows as (
    select * from {{ ref('int_pupils__row_in_force') }}
),

classes as (
    select * from {{ ref('int_classes__class') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

sides as (
    select * from {{ ref('review_sources') }}
),

file_names as (
    select * from {{ ref('int_ledger__submitted_file') }}
),

named as (
    select
        'school_census' as source,
        county_code,
        school_year,
        school_code,
        submission_id,
        sheet,
        row_number
    from census_rows
    union all
    {%- for source, rows in (("teacher_roster", "roster_rows"), ("pupil_registry", "registry_rows"), ("class_list", "classes")) %}
    select distinct  -- a file has a row for each teacher, pupil or class
        '{{ source }}' as source,
        county_code,
        school_year,
        census_school_code as school_code,
        submission_id,
        cast(null as {{ text_type() }}) as sheet,
        cast(null as bigint) as row_number
    from {{ rows }}
    where census_school_code is not null
    union all
    {%- endfor %}
    select
        source,
        county_code,
        school_year,
        cast(null as {{ text_type() }}) as school_code,
        submission_id,
        cast(null as {{ text_type() }}) as sheet,
        cast(null as bigint) as row_number
    from coverage
),

grouped as (
    select
        named.source,
        named.county_code,
        named.school_year,
        named.school_code,
        count(distinct named.submission_id) as submissions,
        min(named.submission_id) as submission_id,
        {{ first_texts('file_names.file_name', 'named.submission_id, named.row_number', var('most')['files']) }} as file_names,
        -- of one row alone there is a place to point at
        case
            when count(*) = 1
                then {{ sentence(
                    'in_row', sheet="coalesce(" ~ sentence('in_sheet', sheet="nullif(max(named.sheet), '')") ~ ", '')",
                    row='cast(max(named.row_number) as ' ~ text_type() ~ ')'
                ) }}
        end as place_zh
    from named
    inner join file_names using (submission_id)
    group by named.source, named.county_code, named.school_year, named.school_code
),

final as (
    select
        sides.review_source,
        grouped.county_code,
        grouped.school_year,
        grouped.school_code,
        grouped.submissions,
        grouped.submission_id,
        grouped.file_names,
        grouped.place_zh
    from sides
    inner join grouped using (source)
    where sides.review_source <> 'last_year'
    union all
    select
        'last_year' as review_source,
        county_code,
        school_year + 1 as school_year,
        school_code,
        submissions,
        submission_id,
        file_names,
        place_zh
    from grouped
    where source = 'school_census'
)

select * from final
