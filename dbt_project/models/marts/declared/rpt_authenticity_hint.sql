with

signals as (
    select * from {{ ref('int_authenticity__signal') }}
),

rules as (
    select * from {{ ref('authenticity_rules') }}
),

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

schools as (
    select * from {{ ref('dim_school') }}
),

-- each standard once, whichever rule set has it
standards as (
    select distinct
        county_code,
        school_year,
        school_code,
        stage,
        indicator_code,
        value,
        value_rounded,
        standard
    from school_indicators
    where standard > 0 and value is not null
),

on_standard as (
    select
        'on_standard' as rule_code,
        standards.county_code,
        standards.school_year,
        standards.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        standards.stage,
        cast(null as {{ text_type() }}) as subject_zh,
        cast(count(case when standards.value_rounded = standards.standard then 1 end) as decimal(28, 4)) as observed,
        max(rules.threshold) as compared_with,
        {{ joined_text(
            "case when standards.value_rounded = standards.standard then standards.indicator_code || ' ' || "
            ~ number_text('standards.value_rounded') ~ " end", '、', 'standards.indicator_code'
        ) }} as evidence_zh
    from standards
    inner join rules on rules.rule_code = 'on_standard'
    group by standards.county_code, standards.school_year, standards.school_code, standards.stage
    having
        count(*) >= max(rules.min_count)
        and count(case when standards.value_rounded = standards.standard then 1 end) >= max(rules.threshold)
),

-- within a small share above the standard, and as near below it
bunches as (
    select
        standards.county_code,
        standards.school_year,
        count(case when standards.value >= standards.standard then 1 end) as above,
        count(case when standards.value < standards.standard then 1 end) as below
    from standards
    inner join rules on rules.rule_code = 'bunching'
    where
        standards.value between standards.standard * (1 - rules.within_share) and standards.standard * (1 + rules.within_share)
    group by standards.county_code, standards.school_year
),

bunching as (
    select
        'bunching' as rule_code,
        bunches.county_code,
        bunches.school_year,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        'all' as stage,
        cast(null as {{ text_type() }}) as subject_zh,
        {{ as_decimal(as_double('bunches.above') ~ ' / ' ~ as_double('greatest(bunches.below, 1)'), 28, 4) }} as observed,
        rules.threshold as compared_with,
        {{ sentence(
            'bunched_at_the_standard',
            above='cast(bunches.above as ' ~ text_type() ~ ')', below='cast(bunches.below as ' ~ text_type() ~ ')'
        ) }} as evidence_zh
    from bunches
    inner join rules on rules.rule_code = 'bunching' and bunches.above >= rules.min_count
    where bunches.above >= rules.threshold * greatest(bunches.below, 1)
),

found as (
    select * from signals
    union all
    select * from on_standard
    union all
    select * from bunching
),

scored as (
    select
        found.*,
        rules.name_zh,
        rules.reason_zh,
        {{ hint_score('rules.weight', 'found.observed', 'found.compared_with', 'rules.most_times') }} as score
    from found
    inner join rules using (rule_code)
),

final as (
    select
        scored.county_code,
        scored.school_year,
        {{ first_day_of_school_year('scored.school_year') }} as school_year_start,
        cast(row_number() over (
            partition by scored.county_code, scored.school_year
            order by
                scored.score desc, scored.rule_code asc, scored.school_code asc, scored.other_school_code asc, scored.stage asc,
                scored.subject_zh asc
        ) as integer) as hint_rank,
        scored.rule_code,
        scored.name_zh,
        scored.school_code,
        schools.school_name,
        scored.other_school_code,
        others.school_name as other_school_name,
        scored.stage,
        scored.score,
        scored.observed,
        scored.compared_with as threshold,
        coalesce(scored.subject_zh || '：', '') || scored.reason_zh as reason_zh,
        scored.evidence_zh
    from scored
    left join schools using (county_code, school_year, school_code)
    left join schools as others
        on
            scored.county_code = others.county_code
            and scored.school_year = others.school_year
            and scored.other_school_code = others.school_code
)

select * from final
