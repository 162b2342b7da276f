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

final as (
    select
        owed.county_code,
        owed.school_year,
        owed.ruleset_id,
        owed.requirement_code,
        owed.part,
        owed.source,
        min(owed.precedence) as precedence,
        cast(
            case when count(*) = count(amounts.amount) then sum(case when owed.role = 'numerator' then owed.factor * amounts.amount end) end
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
        count(amounts.amount) as known_terms,
        {{ distinct_texts('case when amounts.amount is null then owed.label_zh end', '、') }} as missing_zh,
        min(amounts.first_period) as first_period,
        max(amounts.last_period) as last_period,
        {{ distinct_texts('amounts.evidence', ';') }} as evidence
    from owed
    left join amounts using (county_code, school_year, ruleset_id, source, item, stage)
    group by owed.county_code, owed.school_year, owed.ruleset_id, owed.requirement_code, owed.part, owed.source
)

select * from final
