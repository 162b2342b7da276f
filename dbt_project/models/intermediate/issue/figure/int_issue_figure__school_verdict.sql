with

rule_sets as (
    select * from {{ ref('int_rules__ruleset') }}
),

school_verdicts as (
    select * from {{ ref('fct_school_verdict') }}
),

shortfalls as (
    select * from {{ ref('fct_school_shortfall') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

stages as (
    select * from {{ ref('stages') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

-- of a school that fails as a whole: what it misses, the nearest to its standard first, as a share of the standard
ranked_misses as (
    select
        shortfalls.*,
        indicators.name_zh,
        row_number() over (
            partition by
                shortfalls.county_code, shortfalls.school_year, shortfalls.school_code, shortfalls.stage, shortfalls.ruleset_id
            order by
                {{ as_double('shortfalls.value') }} / {{ as_double('shortfalls.standard') }} desc, shortfalls.indicator_code
        ) as nearness
    from shortfalls
    inner join indicators using (ruleset_id, indicator_code, stage)
    where shortfalls.verdict in ('floor_met', 'unmet')
),

school_misses as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        ruleset_id,
        max(case when nearness = 1 then indicator_code end) as nearest_code,
        max(case when nearness = 1 then name_zh || '，' || lacks_zh end) as nearest_zh,
        {{ joined_text(
            sentence('missed_standard', indicator='name_zh', value='value_zh', standard=number_text('standard')),
            '、',
            'indicator_code'
        ) }} as missed_zh
    from ranked_misses
    group by county_code, school_year, school_code, stage, ruleset_id
),

final as (
    select
        'school_verdict' as figure_kind,
        'figure' as origin,
        school_verdicts.ruleset_id,
        school_verdicts.county_code,
        school_verdicts.school_code,
        school_verdicts.stage,
        school_verdicts.school_year,
        'resource' as part,
        school_verdicts.verdict,
        {{ sentence(
            'issue_of_resources', school='coalesce(schools.school_name, school_verdicts.school_code)', stage='stages.label_zh'
        ) }} as name_zh,
        school_misses.nearest_code as lead_code,
        {{ sentence(
            'indicators_of_school',
            total='cast(
            school_verdicts.n_met + school_verdicts.n_floor_met + school_verdicts.n_unmet + school_verdicts.n_undecided
            as ' ~ text_type() ~ ')',
            met='cast(school_verdicts.n_met as ' ~ text_type() ~ ')', least='cast(rule_sets.min_met as ' ~ text_type() ~ ')'
        ) }}
        || coalesce({{ sentence(
            'missed_and_nearest', missed='school_misses.missed_zh', nearest='school_misses.nearest_zh'
        ) }}, '') as description,
        {{ empty_figure_columns(['code', 'state_zh', 'figure_on']) }}
    from school_verdicts
    inner join rule_sets using (ruleset_id)
    inner join stages on school_verdicts.stage = stages.stage
    left join schools using (county_code, school_year, school_code)
    left join school_misses
        on
            school_verdicts.county_code = school_misses.county_code
            and school_verdicts.school_year = school_misses.school_year
            and school_verdicts.school_code = school_misses.school_code
            and school_verdicts.stage = school_misses.stage
            and school_verdicts.ruleset_id = school_misses.ruleset_id
)

select * from final
