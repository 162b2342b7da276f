with

submissions as (
    select * from {{ ref('stg_ledger__submission') }}
),

final as (
    select
        submission_id,
        max(file_name) as file_name  -- the same bytes may have lain there under several names
    from submissions
    group by submission_id
)

select * from final
