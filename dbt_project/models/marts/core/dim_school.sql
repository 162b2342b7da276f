with

schools as (
    select * from {{ ref('int_census__school') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

school_scope as (
    select * from {{ ref('int_balance__school_scope') }}
),

stage_scope as (
    select * from {{ ref('int_balance__stage_scope') }}
),

-- in scope with one stage is in scope; otherwise zero pupils says more than a stage that is never assessed
stage_reasons as (
    select
        county_code,
        school_year,
        school_code,
        bool_or(out_of_scope_reason is null) as has_stage_in_scope,
        bool_or(out_of_scope_reason = 'zero_pupils') as has_empty_stage
    from stage_scope
    where defines_school_scope and block = 'resource'
    group by county_code, school_year, school_code
),

reasons as (
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        case
            when folding.main_school_code is not null then 'folded_into_main_school'
            when school_scope.school_code is null then 'ruleset_not_applicable'
            when not school_scope.is_in_scope then school_scope.reason
            when stage_reasons.has_stage_in_scope then null
            when stage_reasons.has_empty_stage then 'zero_pupils'
            else 'no_assessed_stage'
        end as out_of_scope_reason
    from schools
    left join folding using (county_code, school_year, school_code)
    left join school_scope
        on
            schools.county_code = school_scope.county_code
            and schools.school_year = school_scope.school_year
            and schools.school_code = school_scope.school_code
            and school_scope.defines_school_scope
            and school_scope.block = 'resource'
    left join stage_reasons
        on
            schools.county_code = stage_reasons.county_code
            and schools.school_year = stage_reasons.school_year
            and schools.school_code = stage_reasons.school_code
),

final as (
    select
        schools.county_code,
        schools.school_year,
        {{ school_year_label('schools.school_year') }} as school_year_label,
        schools.school_code,
        schools.school_name,
        schools.school_kind_code,
        schools.urban_rural_code,
        schools.sponsor_code,
        schools.township,
        schools.display_order,
        folding.main_school_code as folded_into_school_code,
        reasons.out_of_scope_reason is null as in_scope,
        reasons.out_of_scope_reason
    from schools
    inner join reasons using (county_code, school_year, school_code)
    left join folding using (county_code, school_year, school_code)
)

select * from final
