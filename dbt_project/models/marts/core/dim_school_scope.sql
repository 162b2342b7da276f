with

stage_scope as (
    select * from {{ ref('int_balance__stage_scope') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

folding as (
    select * from {{ ref('int_census__folding') }}
),

school_scope as (
    select * from {{ ref('int_balance__school_scope') }}
),

folded_units as (
    select
        schools.*,
        folding.main_school_code as folded_into_school_code
    from schools
    inner join folding using (county_code, school_year, school_code)
),

folded_stages as (
    {%- for stage in school_stages() %}
    select
        county_code,
        school_year,
        school_code,
        folded_into_school_code,
        '{{ stage }}' as stage
    from folded_units
    where has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        ruleset_id,
        block,
        out_of_scope_reason is null as in_scope,
        out_of_scope_reason as reason,
        out_of_scope_reason is null and is_undetermined as is_undetermined
    from stage_scope
    where is_selected
    union all
    select
        folded_stages.county_code,
        folded_stages.school_year,
        folded_stages.school_code,
        folded_stages.stage,
        school_scope.ruleset_id,
        school_scope.block,
        false as in_scope,
        'folded_into_main_school' as reason,
        false as is_undetermined
    from folded_stages
    inner join school_scope
        on
            folded_stages.county_code = school_scope.county_code
            and folded_stages.school_year = school_scope.school_year
            and folded_stages.folded_into_school_code = school_scope.school_code
    where school_scope.is_selected
)

select * from final
