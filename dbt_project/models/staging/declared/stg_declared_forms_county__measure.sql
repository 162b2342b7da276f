with

rows_delivered as (
    select * from {{ source('bronze', 'declared_forms_county') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(stage as {{ text_type() }}) as stage,
        cast(measure as {{ text_type() }}) as measure,
        cast(declared_qualified as decimal(28, 8)) as declared_qualified,
        cast(declared_backbone as decimal(28, 8)) as declared_backbone,
        cast(declared_pe_art as decimal(28, 8)) as declared_pe_art,
        cast(declared_teaching_area as decimal(28, 8)) as declared_teaching_area,
        cast(declared_sports_area as decimal(28, 8)) as declared_sports_area,
        cast(declared_equipment as decimal(28, 8)) as declared_equipment,
        cast(declared_multimedia as decimal(28, 8)) as declared_multimedia,
        cast(declared_composite as decimal(28, 8)) as declared_composite,
        cast(note as {{ text_type() }}) as note
    from rows_delivered
)

select * from final
