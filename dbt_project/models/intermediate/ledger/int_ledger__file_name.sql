with

submissions as (
    select * from {{ ref('stg_ledger__submission') }}
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
    from submissions
)

select * from final
