with

rows_delivered as (
    select * from {{ source('bronze', 'declared_forms_school') }}
),

final as (
    select
        _submission_id as submission_id,
        _sheet as sheet,
        cast(_row as bigint) as row_number,
        cast(county_code as {{ text_type() }}) as county_code,
        cast(school_year as integer) as school_year,
        cast(school_code as {{ text_type() }}) as school_code,
        cast(school_name as {{ text_type() }}) as school_name,
        cast(stage as {{ text_type() }}) as stage,
        cast(sponsor_code as {{ text_type() }}) as sponsor_code,
        cast(declared_pupils as bigint) as declared_pupils,
        cast(declared_qualified as decimal(28, 8)) as declared_qualified,
        cast(declared_backbone as decimal(28, 8)) as declared_backbone,
        cast(declared_pe_art as decimal(28, 8)) as declared_pe_art,
        cast(declared_teaching_area as decimal(28, 8)) as declared_teaching_area,
        cast(declared_sports_area as decimal(28, 8)) as declared_sports_area,
        cast(declared_equipment as decimal(28, 8)) as declared_equipment,
        cast(declared_multimedia as decimal(28, 8)) as declared_multimedia,
        cast(declared_met as {{ text_type() }}) as declared_met,
        cast(declared_floor_met as {{ text_type() }}) as declared_floor_met,
        cast(form_note as {{ text_type() }}) as form_note
    from rows_delivered
)

select * from final
