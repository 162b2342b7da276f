with

schools as (
    select * from {{ ref('int_balance__school') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

rules as (
    select * from {{ ref('int_rules__scope') }}
),

blocks as (
    select distinct  -- the blocks a rule set has scope rules for
        ruleset_id,
        block
    from rules
),

school_blocks as (
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        schools.sector,
        schools.school_kind_code,
        schools.sponsor_code,
        schools.operating_status_code,
        -- unknown as soon as one stage is: such a school is not below any minimum
        schools.pupils_primary + schools.pupils_junior + schools.pupils_senior as pupils,
        county_rulesets.ruleset_id,
        county_rulesets.is_selected,
        county_rulesets.defines_school_scope,
        blocks.block
    from schools
    inner join county_rulesets using (county_code, school_year)
    inner join blocks using (ruleset_id)
    where county_rulesets.is_selected or county_rulesets.defines_school_scope
),

-- the first rule that fits decides; an empty condition fits every school
first_fits as (
    select
        school_blocks.county_code,
        school_blocks.school_year,
        school_blocks.school_code,
        school_blocks.ruleset_id,
        school_blocks.block,
        school_blocks.is_selected,
        school_blocks.defines_school_scope,
        min(rules.priority) as priority
    from school_blocks
    left join rules
        on
            school_blocks.ruleset_id = rules.ruleset_id
            and school_blocks.block = rules.block
            and (rules.sector is null or school_blocks.sector = rules.sector)
            and (rules.kind_code is null or school_blocks.school_kind_code = rules.kind_code)
            and (rules.sponsor_code is null or coalesce(school_blocks.sponsor_code, 'unknown') = rules.sponsor_code)
            and (
                rules.operating_status_code is null
                or school_blocks.operating_status_code = rules.operating_status_code
            )
            and (rules.pupils_below is null or school_blocks.pupils < rules.pupils_below)
    group by
        school_blocks.county_code,
        school_blocks.school_year,
        school_blocks.school_code,
        school_blocks.ruleset_id,
        school_blocks.block,
        school_blocks.is_selected,
        school_blocks.defines_school_scope
),

final as (
    select
        first_fits.county_code,
        first_fits.school_year,
        first_fits.school_code,
        first_fits.ruleset_id,
        first_fits.block,
        first_fits.is_selected,
        first_fits.defines_school_scope,
        coalesce(rules.is_in_scope, false) as is_in_scope,  -- a school no rule speaks of is not assessed
        coalesce(rules.is_in_scope and rules.is_undetermined, false) as is_undetermined,
        case when rules.ruleset_id is null then 'no_scope_rule' else rules.reason end as reason
    from first_fits
    left join rules using (ruleset_id, block, priority)
)

select * from final
