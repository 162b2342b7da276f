with

sources as (
    select * from {{ source('run', 'source') }}
),

final as (
    select
        source,
        supersedes
    from sources
)

select * from final
