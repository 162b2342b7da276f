with

school_scope as (
    select * from {{ ref('int_balance__school_scope') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

final as (
    select
        school_scope.county_code,
        school_scope.school_year,
        school_scope.school_code,
        school_scope.ruleset_id
    from school_scope
    inner join schools using (county_code, school_year, school_code)
    where
        school_scope.is_selected
        and school_scope.is_in_scope
        and school_scope.block = 'government'
        -- of the compulsory stages; unknown pupils only occur where the stage is there
        and (
            {%- for stage in compulsory_stages() %}
            {{ "or " if not loop.first }}schools.pupils_{{ stage }} is null
            or schools.pupils_{{ stage }} > 0
            {%- endfor %}
        )
)

select * from final
