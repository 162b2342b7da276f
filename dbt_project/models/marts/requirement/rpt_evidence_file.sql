with

files as (
    select * from {{ ref('int_ledger__evidence_file') }}
),

counties as (
    select * from {{ ref('dim_county') }}
),

schools as (
    select * from {{ ref('dim_school') }}
),

requirements as (
    select * from {{ ref('dim_requirement') }}
),

indicators as (
    select * from {{ ref('dim_indicator') }}
),

issues as (
    select * from {{ ref('fct_issue') }}
),

documents as (
    select * from {{ ref('rpt_evidence') }}
),

issue_documents as (
    select * from {{ ref('rpt_issue_evidence') }}
),

county_codes as (
    select distinct county_code
    from counties
),

-- a file of a city's folder is there for each of its counties
placed as (
    select
        coalesce(county_codes.county_code, files.area_prefix) as county_code,
        files.*
    from files
    left join county_codes on {{ begins_with('county_codes.county_code', 'files.area_prefix') }}
),

labelled as (
    select
        county_code,
        school_year,
        base_name,
        sha256,
        {{ exploded_list('labels', ';') }} as label
    from placed
    where labels is not null
),

codes as (
    select requirement_code as code from requirements
    union distinct
    select indicator_code as code from indicators
),

-- what the words of a path may name
boxes as (
    select distinct
        county_codes.county_code,
        'requirement' as box,
        codes.code as box_code,
        codes.code as label
    from county_codes
    cross join codes
    union all
    select distinct
        county_code,
        'school' as box,
        school_code as box_code,
        school_code as label
    from schools
    union all
    select distinct
        county_code,
        'school' as box,
        school_code as box_code,
        school_name as label
    from schools
    union all
    select
        county_code,
        'issue' as box,
        issue_id as box_code,
        issue_id as label
    from issues
    union all
    select
        county_code,
        'issue' as box,
        issue_id as box_code,
        issue_no as label
    from issues
),

tied as (
    select
        labelled.county_code,
        labelled.school_year,
        labelled.base_name,
        labelled.sha256,
        boxes.box,
        boxes.box_code,
        true as is_filed,
        false as is_named
    from labelled
    inner join boxes using (county_code, label)
    union all
    select
        county_code,
        school_year,
        file_name as base_name,
        file_sha256 as sha256,
        'requirement' as box,
        requirement_code as box_code,
        false as is_filed,
        true as is_named
    from documents
    where file_sha256 is not null
    union all
    select
        issue_documents.county_code,
        coalesce(files.school_year, issues.school_year) as school_year,
        issue_documents.file_name as base_name,
        issue_documents.file_sha256 as sha256,
        'issue' as box,
        issue_documents.issue_id as box_code,
        false as is_filed,
        true as is_named
    from issue_documents
    inner join issues using (issue_id)
    left join files on issue_documents.file_sha256 = files.sha256
    where issue_documents.file_sha256 is not null
),

-- nothing says what it is for
untied as (
    select
        placed.county_code,
        placed.school_year,
        placed.base_name,
        placed.sha256,
        'unsorted' as box,
        cast(null as {{ text_type() }}) as box_code,
        false as is_filed,
        false as is_named
    from placed
    where
        not exists (
            select 1
            from tied
            where
                tied.county_code = placed.county_code
                and tied.sha256 = placed.sha256
        )
),

every_tie as (
    select * from tied
    union all
    select * from untied
),

folded as (
    select
        county_code,
        school_year,
        base_name,
        sha256,
        box,
        box_code,
        max(case when is_filed then 1 else 0 end) = 1 as is_filed,
        max(case when is_named then 1 else 0 end) = 1 as is_named
    from every_tie
    group by county_code, school_year, base_name, sha256, box, box_code
),

dates as (
    select
        sha256,
        base_name,
        min(received_on) as received_on,
        max(valid_until) as valid_until
    from files
    group by sha256, base_name
),

final as (
    select
        folded.county_code,
        folded.school_year,
        {{ first_day_of_school_year('folded.school_year') }} as school_year_start,
        folded.box,
        folded.box_code,
        folded.base_name as file_name,
        folded.sha256 as file_sha256,
        dates.received_on,
        dates.valid_until,
        folded.is_filed,
        folded.is_named
    from folded
    left join dates using (sha256, base_name)
)

select * from final
