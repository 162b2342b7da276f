with

submissions as (
    select * from {{ ref('stg_ledger__submission') }}
),

evidence as (
    select * from {{ ref('stg_ledger__evidence_file') }}
),

files as (
    select
        submission_id,
        delivery_night,
        night,
        area_prefix,
        file_name,
        sha256
    from submissions
    union all
    select
        evidence_id as submission_id,
        delivery_night,
        delivery_night as night,
        area_prefix,
        file_name,
        sha256
    from evidence
),

final as (
    select
        submission_id,
        delivery_night,
        night,
        area_prefix,
        file_name,
        {{ text_without('file_name', '^.*/') }} as base_name,
        {{ text_without(text_without('file_name', '^.*/'), '[.][^.]*$') }} as stem,
        sha256
    from files
)

select * from final
