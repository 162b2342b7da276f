{{ config(materialized='ephemeral') }}
{%- set manual = issue_id('county_code', 'null', 'null', "'manual'", 'finding_no', 'null') %}
with

kept as (
    select * from {{ ref('stg_ledger__issue_event') }}
),

findings as (
    select * from {{ ref('int_issue__finding_event') }}
),

inspections as (
    select * from {{ ref('int_issue__inspection_event') }}
),

records as (
    select * from {{ ref('int_issue__update_record') }}
),

-- every opening, and the number that its document gave it; of the first two documents the finding goes before the inspection
openings as (
    select
        county_code,
        issue_id,
        school_year,
        cast(null as {{ text_type() }}) as document_number,
        cast(null as integer) as precedence
    from kept
    where event_type = 'opened'
    union all
    select
        county_code,
        issue_id,
        school_year,
        source_item as document_number,
        2 as precedence
    from findings
    where event_type = 'opened'
    union all
    select
        county_code,
        issue_id,
        school_year,
        source_item as document_number,
        3 as precedence
    from inspections
    union all
    select
        county_code,
        {{ manual }} as issue_id,
        min(school_year) as school_year,
        finding_no as document_number,
        4 as precedence
    from records
    where event_type = 'opened'
    group by county_code, finding_no
),

final as (
    select
        county_code,
        issue_id as number_written,
        issue_id,
        school_year,
        1 as precedence
    from openings
    union all
    select
        county_code,
        document_number as number_written,
        issue_id,
        school_year,
        precedence
    from openings
    where precedence is not null
)

select * from final
