with

evidence as (
    select * from {{ ref('stg_ledger__evidence_file') }}
),

nights as (
    select * from {{ ref('stg_run__night') }}
),

final as (
    select
        evidence.evidence_id,
        {{ text_without('evidence.file_name', '^.*/') }} as base_name,
        evidence.sha256,
        evidence.area_prefix,
        cast(evidence.school_year as integer) as school_year,
        nights.as_of as received_on,
        evidence.labels,
        evidence.valid_until
    from evidence
    left join nights on evidence.delivery_night = nights.night
)

select * from final
