with

issues as (
    select * from {{ ref('int_issue__issue') }}
),

-- hints count for nobody: a gap in the numbers would tell of them
known as (
    select *
    from issues
    where not {{ is_restricted_origin('origin') }}
),

-- in the order in which nights opened them: a number that was given stays
placed as (
    select
        issue_id,
        cast(extract(year from opened_at) as {{ text_type() }}) as opened_year,
        cast(
            row_number() over (
                partition by county_code, extract(year from opened_at)
                order by
                    coalesce(cast(opened_release as integer), 0), opened_at, coalesce(source_document, ''),
                    length(coalesce(source_item, '')), coalesce(source_item, ''), issue_id
            )
            as {{ text_type() }}
        ) as place
    from known
),

final as (
    select
        known.*,
        placed.opened_year || '-' || substr('00', least(length(placed.place), 3)) || placed.place as issue_no
    from known
    inner join placed using (issue_id)
)

select * from final
