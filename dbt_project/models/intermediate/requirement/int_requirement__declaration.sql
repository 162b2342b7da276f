with

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

terms as (
    select * from {{ ref('int_rules__requirement_term') }}
),

items as (
    select * from {{ ref('int_requirement__item') }}
),

item_parts as (
    select distinct  -- an item may be in the numerator and in the denominator
        ruleset_id,
        requirement_code,
        part,
        item
    from terms
    where source = 'items'
),

-- a row speaks of the parts its item belongs to, and of all of them where it belongs to none
rows_stated as (
    select
        items.county_code,
        items.school_year,
        requirements.ruleset_id,
        requirements.requirement_code,
        requirements.part,
        items.declared_verdict,
        items.reference_period,
        replace(items.evidence, '；', ';') as evidence,
        row_number() over (
            partition by
                items.county_code, items.school_year, requirements.ruleset_id, requirements.requirement_code, requirements.part,
                items.item_code, items.stage, items.unit_code
            order by items.reference_period desc nulls last
        ) as place
    from items
    inner join county_rulesets using (county_code, school_year)
    inner join requirements using (ruleset_id, requirement_code)
    left join item_parts
        on
            requirements.ruleset_id = item_parts.ruleset_id
            and requirements.requirement_code = item_parts.requirement_code
            and requirements.part = item_parts.part
            and items.item_code = item_parts.item
    where
        county_rulesets.is_selected
        and (
            item_parts.item is not null
            or not exists (
                select 1
                from item_parts as elsewhere
                where
                    elsewhere.ruleset_id = requirements.ruleset_id
                    and elsewhere.requirement_code = requirements.requirement_code
                    and elsewhere.item = items.item_code
            )
        )
),

-- of several periods, the latest
stated as (
    select *
    from rows_stated
    where place = 1
),

evidence_entries as (
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        {{ exploded_list('evidence', ';') }} as entry
    from stated
    where evidence is not null
),

evidence as (
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        count(distinct trim(entry)) as evidence_count
    from evidence_entries
    where trim(entry) <> ''
    group by county_code, school_year, ruleset_id, requirement_code, part
),

final as (
    select
        stated.county_code,
        stated.school_year,
        stated.ruleset_id,
        stated.requirement_code,
        stated.part,
        {{ folded_verdict('stated.declared_verdict') }} as declared_verdict,
        {{ distinct_texts('stated.reference_period', ';') }} as reference_period,
        max(coalesce(evidence.evidence_count, 0)) as evidence_count  -- one row, or none
    from stated
    left join evidence using (county_code, school_year, ruleset_id, requirement_code, part)
    group by stated.county_code, stated.school_year, stated.ruleset_id, stated.requirement_code, stated.part
)

select * from final
