with

events as (
    select * from {{ ref('int_issue__event') }}
),

folded as (
    select * from {{ ref('int_issue__fold') }}
),

files as (
    select * from {{ ref('int_ledger__file_name') }}
),

entries as (
    select
        events.issue_id,
        events.county_code,
        events.event_id,
        events.event_type,
        events.happened_on,
        events.actor_unit,
        {{ exploded_list("replace(events.evidence, '；', ';')", ';') }} as entry
    from events
    inner join folded using (event_id)
    where folded.is_accepted and events.evidence is not null
),

named as (
    select distinct  -- an event that names a document twice brings it once
        issue_id,
        county_code,
        event_id,
        event_type,
        happened_on,
        actor_unit,
        trim(entry) as evidence_zh
    from entries
    where trim(entry) <> ''
),

-- delivered files by their own name, with or without the ending; the latest of a name
matched as (
    select
        named.*,
        files.base_name,
        files.sha256,
        row_number() over (
            partition by named.event_id, named.evidence_zh
            order by files.delivery_night desc, files.night desc, files.sha256 asc
        ) as place
    from named
    left join files
        on
            named.evidence_zh in (files.base_name, files.stem)
            and {{ begins_with('named.county_code', 'files.area_prefix') }}
),

final as (
    select
        issue_id,
        county_code,
        event_id,
        event_type,
        happened_on,
        actor_unit,
        evidence_zh,
        base_name as file_name,
        sha256 as file_sha256
    from matched
    where place = 1
)

select * from final
