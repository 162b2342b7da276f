with

requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

names as (
    select * from {{ ref('dim_requirement') }}
),

owners as (
    select * from {{ ref('requirement_owners') }}
),

terms as (
    select * from {{ ref('int_rules__requirement_term') }}
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

amounts as (
    select * from {{ ref('int_requirement__amount') }}
),

-- delivered files by their own name, with or without the ending; the latest of a name
files as (
    select * from {{ ref('int_ledger__file_name') }}
),

item_parts as (
    select distinct  -- an item may be in the numerator and in the denominator
        ruleset_id,
        requirement_code,
        part,
        source,
        item
    from terms
    where source in ('items', 'survey')
),

-- evidence of the county's items, and of the survey; an item that belongs to no part speaks of all of them
stated as (
    select
        requirements.county_code,
        requirements.school_year,
        requirements.ruleset_id,
        requirements.requirement_code,
        requirements.part,
        items.evidence
    from requirements
    inner join items using (county_code, school_year, requirement_code)
    where
        exists (
            select 1
            from item_parts
            where
                item_parts.ruleset_id = requirements.ruleset_id
                and item_parts.requirement_code = requirements.requirement_code
                and item_parts.part = requirements.part
                and item_parts.item = items.item_code
        )
        or not exists (
            select 1
            from item_parts
            where
                item_parts.ruleset_id = requirements.ruleset_id
                and item_parts.requirement_code = requirements.requirement_code
                and item_parts.item = items.item_code
        )
    union all
    select
        amounts.county_code,
        amounts.school_year,
        amounts.ruleset_id,
        item_parts.requirement_code,
        item_parts.part,
        amounts.evidence
    from amounts
    inner join item_parts using (ruleset_id, source, item)
    where amounts.source = 'survey'
),

entries as (
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        {{ exploded_list("replace(evidence, '；', ';')", ';') }} as entry
    from stated
    where evidence is not null
),

evidence as (
    select distinct  -- several items name the same document
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        trim(entry) as evidence_zh
    from entries
    where trim(entry) <> ''
),

evidence_files as (
    select
        evidence.county_code,
        evidence.school_year,
        evidence.ruleset_id,
        evidence.requirement_code,
        evidence.part,
        evidence.evidence_zh,
        files.base_name,
        files.sha256,
        row_number() over (
            partition by
                evidence.county_code,
                evidence.school_year,
                evidence.ruleset_id,
                evidence.requirement_code,
                evidence.part,
                evidence.evidence_zh
            order by files.delivery_night desc, files.sha256 asc
        ) as place
    from evidence
    inner join files
        on
            evidence.evidence_zh in (files.base_name, files.stem)
            and {{ begins_with('evidence.county_code', 'files.area_prefix') }}
),

final as (
    select
        requirements.county_code,
        requirements.school_year,
        {{ first_day_of_school_year('requirements.school_year') }} as school_year_start,
        requirements.ruleset_id,
        requirements.requirement_code,
        requirements.part,
        evidence.evidence_zh,
        names.block,
        names.name_zh,
        names.display_order,
        owners.owner_zh,
        owners.helpers_zh,
        requirements.basis,
        requirements.declared_verdict,
        requirements.verdict,
        evidence_files.base_name as file_name,
        evidence_files.sha256 as file_sha256,
        evidence_files.sha256 is not null as has_file,
        -- figures that are computed need none
        requirements.basis = 'declared' and evidence.evidence_zh is null as is_missing
    from requirements
    inner join names using (ruleset_id, requirement_code, part)
    left join owners using (requirement_code)
    left join evidence using (county_code, school_year, ruleset_id, requirement_code, part)
    left join evidence_files
        on
            evidence.county_code = evidence_files.county_code
            and evidence.school_year = evidence_files.school_year
            and evidence.ruleset_id = evidence_files.ruleset_id
            and evidence.requirement_code = evidence_files.requirement_code
            and evidence.part = evidence_files.part
            and evidence.evidence_zh = evidence_files.evidence_zh
            and evidence_files.place = 1
)

select * from final
