with

item_rows as (
    {{ source_rows_in_force('stg_county_items__item', 'county_items') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

keyed as (
    select
        item_rows.county_code,
        item_rows.school_year,
        item_rows.requirement_code,
        item_rows.item_code,
        coalesce(item_rows.stage, 'all') as stage,  -- no stage: of the whole
        item_rows.school_code as unit_code,
        coalesce(folding.main_school_code, item_rows.school_code) as school_code,  -- itself unless folded
        item_rows.reference_period,
        item_rows.value,
        item_rows.declared_verdict,
        nullif(trim(item_rows.evidence), '') as evidence
    from item_rows
    left join folding using (county_code, school_year, school_code)
),

-- the same row may come in two files of one night, with other evidence; its figures are the same, or the gate refused both
final as (
    select
        keyed.county_code,
        keyed.school_year,
        keyed.requirement_code,
        keyed.item_code,
        keyed.stage,
        keyed.school_code,
        keyed.unit_code,
        keyed.reference_period,
        max(keyed.value) as value,
        {{ folded_verdict('keyed.declared_verdict') }} as declared_verdict,
        {{ distinct_texts('keyed.evidence', ';') }} as evidence
    from keyed
    group by
        keyed.county_code,
        keyed.school_year,
        keyed.requirement_code,
        keyed.item_code,
        keyed.stage,
        keyed.school_code,
        keyed.unit_code,
        keyed.reference_period
)

select * from final
