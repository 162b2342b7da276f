{%- set figure = ["county_code", "school_year", "ruleset_id", "requirement_code", "part", "source"] %}
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

faulty_items as (
    select * from {{ ref('int_requirement__faulty_item') }}
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
    select distinct
        {%- for column in figure %}
        owed.{{ column }},
        {%- endfor %}
        amounts.reference_period
    from owed
    left join amounts using (county_code, school_year, ruleset_id, source, item, stage)
),

figures as (
    select
        {%- for column in figure %}
        owed.{{ column }},
        {%- endfor %}
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
    inner join periods using ({{ figure | join(", ") }})
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
        {%- for column in figure %}
        owed.{{ column }},
        {%- endfor %}
        periods.reference_period
),

-- an item that is known to be wrong leaves the county's own figure open, whatever other periods say
faults as (
    select
        {%- for column in figure %}
        owed.{{ column }},
        {%- endfor %}
        {{ distinct_texts('owed.label_zh', '、') }} as faulty_zh
    from owed
    inner join faulty_items
        on
            owed.county_code = faulty_items.county_code
            and owed.school_year = faulty_items.school_year
            and owed.item = faulty_items.item_code
            and (owed.stage = faulty_items.stage or 'all' in (owed.stage, faulty_items.stage))
    where owed.source = 'items'
    group by
        owed.county_code, owed.school_year, owed.ruleset_id, owed.requirement_code, owed.part, owed.source
),

-- the latest period of which all is there; else the latest of which something is
preferences as (
    select
        *,
        row_number() over (
            partition by {{ figure | join(", ") }}
            order by numerator is not null desc, reference_period desc nulls last
        ) as place
    from figures
),

final as (
    select
        {%- for column in figure %}
        preferences.{{ column }},
        {%- endfor %}
        preferences.precedence,
        case when faults.source is null then preferences.numerator end as numerator,
        case when faults.source is null then preferences.denominator end as denominator,
        coalesce({{ sentence('waits_for_what_was_not_taken', figures='faults.faulty_zh') }}, preferences.missing_zh)
            as missing_zh,
        preferences.reference_period,
        preferences.evidence
    from preferences
    left join faults using ({{ figure | join(", ") }})
    where preferences.place = 1
)

select * from final
