with

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

terms as (
    select * from {{ ref('int_rules__requirement_term') }}
),

amounts as (
    select * from {{ ref('int_requirement__amount') }}
),

owed as (
    select
        county_rulesets.county_code,
        county_rulesets.school_year,
        terms.*
    from county_rulesets
    inner join terms using (ruleset_id)
    where county_rulesets.is_selected and terms.role <> 'declaration'
),

-- every period a source has something of; figures of different periods make no ratio
periods as (
    select
        owed.county_code,
        owed.school_year,
        owed.ruleset_id,
        owed.requirement_code,
        owed.part,
        owed.source,
        amounts.reference_period
    from owed
    left join amounts using (county_code, school_year, ruleset_id, source, item, stage)
    group by
        owed.county_code,
        owed.school_year,
        owed.ruleset_id,
        owed.requirement_code,
        owed.part,
        owed.source,
        amounts.reference_period
),

figures as (
    select
        owed.county_code,
        owed.school_year,
        owed.ruleset_id,
        owed.requirement_code,
        owed.part,
        owed.source,
        periods.reference_period,
        min(owed.precedence) as precedence,
        cast(
            case
                when count(*) = count(amounts.amount)
                    then sum(case when owed.role = 'numerator' then owed.factor * amounts.amount end)
            end
            as decimal(38, 8)
        ) as numerator,
        cast(
            case
                when count(*) > count(amounts.amount) then null
                -- an amount that is compared as it is
                when count(case when owed.role = 'denominator' then 1 end) = 0 then 1
                else sum(case when owed.role = 'denominator' then owed.factor * amounts.amount end)
            end as decimal(38, 8)
        ) as denominator,
        {{ distinct_texts('case when amounts.amount is null then owed.label_zh end', '、') }} as missing_zh,
        {{ distinct_texts('amounts.evidence', ';') }} as evidence
    from owed
    inner join periods using (county_code, school_year, ruleset_id, requirement_code, part, source)
    left join amounts
        on
            owed.county_code = amounts.county_code
            and owed.school_year = amounts.school_year
            and owed.ruleset_id = amounts.ruleset_id
            and owed.source = amounts.source
            and owed.item = amounts.item
            and owed.stage = amounts.stage
            and periods.reference_period is not distinct from amounts.reference_period
    group by
        owed.county_code,
        owed.school_year,
        owed.ruleset_id,
        owed.requirement_code,
        owed.part,
        owed.source,
        periods.reference_period
),

-- the latest period of which all is there; else the latest of which something is
preferences as (
    select
        *,
        row_number() over (
            partition by county_code, school_year, ruleset_id, requirement_code, part, source
            order by numerator is not null desc, reference_period desc nulls last
        ) as place
    from figures
),

final as (
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        source,
        precedence,
        numerator,
        denominator,
        missing_zh,
        reference_period,
        evidence
    from preferences
    where place = 1
)

select * from final
