with

schools as (
    select * from {{ ref('int_balance__school') }}
),

school_scope as (
    select * from {{ ref('int_balance__school_scope') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

class_limits as (
    {{ rows_with_base('rule_class_limits', ['stage'], []) }}
),

assessed_stages as (
    select
        ruleset_id,
        block,
        stage
    from indicators
    union  -- the stages a block has indicators for, and those that requirements on schools speak of
    select
        ruleset_id,
        'government' as block,
        stage
    from class_limits
),

-- a stage is there when the kind has it or it has pupils; unknown pupils only occur where it is there
school_stages as (
    {%- for stage in school_stages() %}
    select
        county_code,
        school_year,
        school_code,
        '{{ stage }}' as stage,
        pupils_{{ stage }} as pupils
    from schools
    where kind_has_{{ stage }} or pupils_{{ stage }} is null or pupils_{{ stage }} > 0
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        school_stages.county_code,
        school_stages.school_year,
        school_stages.school_code,
        school_stages.stage,
        school_stages.pupils,
        school_scope.ruleset_id,
        school_scope.block,
        school_scope.is_selected,
        school_scope.defines_school_scope,
        school_scope.is_undetermined,
        case
            when not school_scope.is_in_scope then school_scope.reason
            when assessed_stages.stage is null then 'stage_not_assessed'
            when school_stages.pupils = 0 then 'zero_pupils'
        end as out_of_scope_reason
    from school_stages
    inner join school_scope using (county_code, school_year, school_code)
    left join assessed_stages using (ruleset_id, block, stage)
)

select * from final
