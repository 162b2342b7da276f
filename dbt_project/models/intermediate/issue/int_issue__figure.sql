with

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

shortfalls as (
    select * from {{ ref('fct_school_shortfall') }}
),

school_verdicts as (
    select * from {{ ref('fct_school_verdict') }}
),

rule_sets as (
    select * from {{ ref('int_rules__ruleset') }}
),

county_requirements as (
    select * from {{ ref('fct_county_requirement') }}
),

school_requirements as (
    select * from {{ ref('fct_school_requirement') }}
),

monitoring_results as (
    select * from {{ ref('fct_monitoring_result') }}
),

monitoring_rules as (
    select * from {{ ref('rule_monitoring') }}
),

star_rules as (
    select * from {{ ref('issue_star_rules') }}
),

reviews as (
    select * from {{ ref('fct_joint_review') }}
),

hints as (
    select * from {{ ref('rpt_authenticity_hint') }}
),

settings as (
    select * from {{ ref('issue_settings') }}
    where setting = 'hint_issues'
),

teacher_structures as (
    select * from {{ ref('fct_teacher_structure') }}
),

responsibilities as (
    {{ list_rows_in_force('stg_responsibility__school', 'responsibility', ['county_code', 'school_year', 'school_code']) }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

requirements as (
    select
        rules.ruleset_id,
        rules.requirement_code,
        rules.part,
        rules.block,
        coalesce(matters.matter_zh, rules.name_zh) as matter_zh,
        coalesce(matters.school_matter_zh, matters.matter_zh, rules.indicator_name_zh) as school_matter_zh,
        coalesce(matters.school_unit, '') as school_unit
    from {{ ref('int_rules__requirement') }} as rules
    left join {{ ref('requirement_matters') }} as matters using (requirement_code, part)
),

schools as (
    select * from {{ ref('int_census__school') }}
),

large_classes as (
    select * from {{ ref('int_classes__over_limit') }}
),

counties as (
    select * from {{ ref('int_census__county') }}
),

stages as (
    select * from {{ ref('stages') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

rules as (
    select * from {{ ref('issue_rules') }}
),

owners as (
    select * from {{ ref('requirement_owners') }}
),

latest_years as (
    select
        county_code,
        max(school_year) as school_year
    from counties
    group by county_code
),

-- a school's list of duties may be older than its figures
duties as (
    select
        *,
        row_number() over (partition by county_code, school_code order by school_year desc) as age
    from responsibilities
),

-- the schools of a county that have nobody for a subject in which its pupils were found weak
structures as (
    select
        county_code,
        school_year,
        stage,
        subject,
        max(subject_zh) as subject_zh,
        max(weak_results_zh) as weak_results_zh,
        count(*) as schools,
        sum(case when full_time_teachers is null then 1 else 0 end) as unknown_schools,
        sum(case when full_time_teachers = 0 then 1 else 0 end) as schools_without,
        {{ joined_text("case when full_time_teachers = 0 then school_name end", "、", "school_code") }} as schools_zh
    from teacher_structures
    where is_weak_subject and pupils > 0
    group by county_code, school_year, stage, subject
),

-- of what was measured several times, the last
latest_results as (
    select
        *,
        row_number() over (
            partition by county_code, scope, grade, subject, measure
            order by monitoring_year desc
        ) as age
    from monitoring_results
    where is_official and verdict is not null
),

latest_stars as (
    select
        *,
        row_number() over (
            partition by county_code, scope, grade, subject, measure
            order by monitoring_year desc
        ) as age
    from monitoring_results
    where is_official and star is not null
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
        ) as place
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
        max(case when place = 1 then indicator_code end) as nearest_code,
        max(case when place = 1 then name_zh || '，' || lacks_zh end) as nearest_zh,
        {{ joined_text("name_zh || ' ' || value_zh || '（标准 ' || " ~ number_text('standard') ~ " || '）'", '、', 'indicator_code') }}
            as missed_zh
    from ranked_misses
    group by county_code, school_year, school_code, stage, ruleset_id
),

monitored as (
    select distinct  -- a measure is judged for the same requirement in every rule set
        measure,
        requirement_code
    from monitoring_rules
    where is_criterion
),

figures as (
    select
        'county_indicator' as figure_kind,
        'figure' as origin,
        county_indicators.ruleset_id,
        county_indicators.county_code,
        cast(null as {{ text_type() }}) as school_code,
        county_indicators.stage,
        county_indicators.school_year,
        {{ first_day_of_school_year('county_indicators.school_year') }} as figure_on,
        county_indicators.indicator_code as code,
        cast(null as {{ text_type() }}) as part,
        county_indicators.verdict,
        stages.label_zh || indicators.name_zh || '校际差异系数' as name_zh,
        cast(null as {{ text_type() }}) as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        '差异系数 ' || coalesce(
            {{ telling_number(
                'county_indicators.difference_coefficient', 'county_indicators.difference_coefficient_rounded',
                'county_indicators.verdict_changes_when_rounded', "'<='", 'county_indicators.difference_limit',
                'county_indicators.verdict'
            ) }},
            '待定'
        )
        || '，限值 ' || {{ number_text('county_indicators.difference_limit') }}
        || coalesce('，待补：' || county_indicators.waiting_for, '') as description
    from county_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join stages on county_indicators.stage = stages.stage
    union all
    select
        'school_indicator' as figure_kind,
        'figure' as origin,
        school_indicators.ruleset_id,
        school_indicators.county_code,
        school_indicators.school_code,
        school_indicators.stage,
        school_indicators.school_year,
        {{ first_day_of_school_year('school_indicators.school_year') }} as figure_on,
        school_indicators.indicator_code as code,
        cast(null as {{ text_type() }}) as part,
        school_indicators.verdict,
        coalesce(schools.school_name, school_indicators.school_code) || stages.label_zh || indicators.name_zh
            as name_zh,
        cast(null as {{ text_type() }}) as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        '现值 ' || coalesce(shortfalls.value_zh, {{ number_text('school_indicators.value_rounded') }}, '待定')
        || '，标准 ' || {{ number_text('school_indicators.standard') }}
        || coalesce('，' || shortfalls.lacks_zh, '') as description
    from school_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join stages on school_indicators.stage = stages.stage
    left join schools using (county_code, school_year, school_code)
    left join shortfalls
        on
            school_indicators.county_code = shortfalls.county_code
            and school_indicators.school_year = shortfalls.school_year
            and school_indicators.school_code = shortfalls.school_code
            and school_indicators.stage = shortfalls.stage
            and school_indicators.indicator_code = shortfalls.indicator_code
            and school_indicators.ruleset_id = shortfalls.ruleset_id
    union all
    select
        'school_verdict' as figure_kind,
        'figure' as origin,
        school_verdicts.ruleset_id,
        school_verdicts.county_code,
        school_verdicts.school_code,
        school_verdicts.stage,
        school_verdicts.school_year,
        {{ first_day_of_school_year('school_verdicts.school_year') }} as figure_on,
        cast(null as {{ text_type() }}) as code,
        'resource' as part,
        school_verdicts.verdict,
        coalesce(schools.school_name, school_verdicts.school_code) || stages.label_zh || '资源配置' as name_zh,
        cast(null as {{ text_type() }}) as state_zh,
        school_misses.nearest_code as lead_code,
        cast(
            school_verdicts.n_met + school_verdicts.n_floor_met + school_verdicts.n_unmet + school_verdicts.n_undecided
            as {{ text_type() }}
        )
        || ' 项中达标 ' || cast(school_verdicts.n_met as {{ text_type() }})
        || ' 项，至少应达标 ' || cast(rule_sets.min_met as {{ text_type() }}) || ' 项，其余达到底线'
        || coalesce('。未达到标准：' || school_misses.missed_zh || '。离标准最近：' || school_misses.nearest_zh, '') as description
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
    union all
    select
        'county_requirement' as figure_kind,
        'figure' as origin,
        county_requirements.ruleset_id,
        county_requirements.county_code,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as stage,
        county_requirements.school_year,
        {{ first_day_of_school_year('county_requirements.school_year') }} as figure_on,
        county_requirements.requirement_code as code,
        county_requirements.part,
        county_requirements.verdict,
        requirements.matter_zh || case when requirements.block = 'veto' then '：' else '' end as name_zh,
        cast(null as {{ text_type() }}) as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        county_requirements.conclusion_zh as description
    from county_requirements
    inner join requirements using (ruleset_id, requirement_code, part)
    union all
    select
        'disagreement' as figure_kind,
        'disagreement' as origin,
        county_requirements.ruleset_id,
        county_requirements.county_code,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as stage,
        county_requirements.school_year,
        {{ first_day_of_school_year('county_requirements.school_year') }} as figure_on,
        county_requirements.requirement_code as code,
        county_requirements.part,
        case when county_requirements.disagreement_zh is null then 'met' else 'unmet' end as verdict,
        requirements.matter_zh || '：填报与计算' as name_zh,
        '不一致' as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        county_requirements.disagreement_zh as description
    from county_requirements
    inner join requirements using (ruleset_id, requirement_code, part)
    where county_requirements.is_declared
    union all
    select
        'school_requirement' as figure_kind,
        'figure' as origin,
        school_requirements.ruleset_id,
        school_requirements.county_code,
        school_requirements.school_code,
        cast(null as {{ text_type() }}) as stage,
        school_requirements.school_year,
        {{ first_day_of_school_year('school_requirements.school_year') }} as figure_on,
        school_requirements.requirement_code as code,
        school_requirements.part,
        school_requirements.verdict,
        coalesce(schools.school_name, school_requirements.school_code) || '：' || requirements.school_matter_zh as name_zh,
        cast(null as {{ text_type() }}) as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        coalesce(
            '现值 ' || rtrim({{ quantity_text(number_text('school_requirements.value'), 'requirements.school_unit') }})
            || '，标准 ' || rtrim({{ quantity_text(number_text('school_requirements.threshold'), 'requirements.school_unit') }}),
            '待补：' || school_requirements.waiting_for_zh
        )
        || coalesce('；超过班额的班：' || large_classes.classes_zh, '') as description
    from school_requirements
    inner join requirements using (ruleset_id, requirement_code, part)
    left join schools using (county_code, school_year, school_code)
    left join large_classes
        on
            school_requirements.ruleset_id = large_classes.ruleset_id
            and school_requirements.county_code = large_classes.county_code
            and school_requirements.school_year = large_classes.school_year
            and school_requirements.school_code = large_classes.school_code
            and school_requirements.requirement_code = 'G5'
    union all
    select
        'monitoring' as figure_kind,
        'monitoring' as origin,
        cast(null as {{ text_type() }}) as ruleset_id,
        latest_results.county_code,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as stage,
        latest_years.school_year,
        {{ first_day_of_school_year('latest_results.monitoring_year') }} as figure_on,
        monitored.requirement_code as code,
        latest_results.scope || '|' || cast(latest_results.grade as {{ text_type() }}) || '|' || latest_results.subject
        || '|' || latest_results.measure as part,
        latest_results.verdict,
        coalesce(scope_labels.label_zh, latest_results.scope) || '：' || cast(latest_results.grade as {{ text_type() }}) || '年级'
        || latest_results.subject || coalesce(measure_labels.label_zh, latest_results.measure) as name_zh,
        cast(null as {{ text_type() }}) as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        cast(latest_results.monitoring_year as {{ text_type() }}) || '年，'
        || coalesce(
            '数值 ' || {{ number_text('latest_results.value') }},
            '水平 ' || cast(latest_results.level as {{ text_type() }}),
            '待定'
        ) as description
    from latest_results
    inner join monitored using (measure)
    inner join latest_years using (county_code)
    left join labels as scope_labels
        on latest_results.scope = scope_labels.code and scope_labels.list = 'monitoring_scope'
    left join labels as measure_labels
        on latest_results.measure = measure_labels.code and measure_labels.list = 'monitoring_measure'
    where latest_results.age = 1
    union all
    select
        'monitoring_star' as figure_kind,
        'monitoring' as origin,
        cast(null as {{ text_type() }}) as ruleset_id,
        latest_stars.county_code,
        cast(null as {{ text_type() }}) as school_code,
        cast(null as {{ text_type() }}) as stage,
        latest_years.school_year,
        {{ first_day_of_school_year('latest_stars.monitoring_year') }} as figure_on,
        cast(null as {{ text_type() }}) as code,
        latest_stars.scope || '|' || cast(latest_stars.grade as {{ text_type() }}) || '|' || latest_stars.subject
        || '|' || latest_stars.measure || '|star' as part,
        case when latest_stars.star < star_rules.least_star then 'unmet' else 'met' end as verdict,
        coalesce(scope_labels.label_zh, latest_stars.scope) || '：' || cast(latest_stars.grade as {{ text_type() }}) || '年级'
        || latest_stars.subject || coalesce(measure_labels.label_zh, latest_stars.measure) as name_zh,
        '星级偏低' as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        cast(latest_stars.monitoring_year as {{ text_type() }}) || '年，' || cast(latest_stars.star as {{ text_type() }})
        || ' 星，应在 ' || cast(star_rules.least_star as {{ text_type() }}) || ' 星以上' as description
    from latest_stars
    inner join star_rules using (subject_code)
    inner join latest_years using (county_code)
    left join labels as scope_labels
        on latest_stars.scope = scope_labels.code and scope_labels.list = 'monitoring_scope'
    left join labels as measure_labels
        on latest_stars.measure = measure_labels.code and measure_labels.list = 'monitoring_measure'
    where latest_stars.age = 1
    union all
    select
        'joint_review' as figure_kind,
        'disagreement' as origin,
        cast(null as {{ text_type() }}) as ruleset_id,
        reviews.county_code,
        reviews.school_code,
        nullif(reviews.stage, 'all') as stage,
        reviews.school_year,
        {{ first_day_of_school_year('reviews.school_year') }} as figure_on,
        reviews.item_code as code,
        cast(null as {{ text_type() }}) as part,
        case reviews.state when 'agree' then 'met' when 'disagree' then 'unmet' else 'undecided' end as verdict,
        coalesce(reviews.school_name || '：', '') || reviews.name_zh as name_zh,
        '：' || reviews.state_zh as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        reviews.left_source_zh || ' ' || coalesce({{ number_text('reviews.left_value') }}, '未知')
        || '（' || reviews.left_section_zh || '），'
        || reviews.right_source_zh || ' ' || coalesce({{ number_text('reviews.right_value') }}, '未知')
        || '（' || reviews.right_section_zh || '）' as description
    from reviews
    union all
    select
        'teacher_structure' as figure_kind,
        'figure' as origin,
        cast(null as {{ text_type() }}) as ruleset_id,
        structures.county_code,
        cast(null as {{ text_type() }}) as school_code,
        structures.stage,
        structures.school_year,
        {{ first_day_of_school_year('structures.school_year') }} as figure_on,
        structures.subject as code,
        'teachers' as part,
        case
            when structures.schools_without > 0 then 'unmet'
            when structures.unknown_schools > 0 then 'undecided'
            else 'met'
        end as verdict,
        stages.label_zh || structures.subject_zh || '（薄弱学科）专任教师配备' as name_zh,
        cast(null as {{ text_type() }}) as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        cast(structures.schools_without as {{ text_type() }}) || ' 所学校没有专任教师'
        || coalesce('：' || structures.schools_zh, '') || coalesce('；' || structures.weak_results_zh, '') as description
    from structures
    inner join stages on structures.stage = stages.stage
    union all
    select
        'hint' as figure_kind,
        'hint' as origin,
        cast(null as {{ text_type() }}) as ruleset_id,
        hints.county_code,
        hints.school_code,
        nullif(hints.stage, 'all') as stage,
        hints.school_year,
        {{ first_day_of_school_year('hints.school_year') }} as figure_on,
        hints.rule_code as code,
        hints.reason_zh || coalesce('|' || hints.other_school_code, '') as part,
        'unmet' as verdict,
        coalesce(hints.school_name || '：', '') || hints.name_zh as name_zh,
        '，待核实' as state_zh,
        cast(null as {{ text_type() }}) as lead_code,
        hints.reason_zh || coalesce('。' || hints.evidence_zh, '') as description
    from hints
    inner join settings on hints.hint_rank <= cast(settings.value as integer)
),

ranked as (
    select
        figures.*,
        {{ issue_id(
            'figures.county_code', 'figures.school_code', 'figures.stage', 'figures.origin', 'figures.code', 'figures.part'
        ) }} as issue_id,
        row_number() over (
            partition by
                figures.county_code, figures.school_code, figures.stage, figures.origin, figures.code, figures.part
            order by
                case figures.verdict when 'unmet' then 1 when 'undecided' then 2 when 'floor_met' then 3 else 4 end,
                figures.ruleset_id
        ) as place
    from figures
    inner join latest_years using (county_code, school_year)
    where figures.verdict is not null
),

-- a rule set and its overlay judge the same matter: the worst verdict stands
final as (
    select
        ranked.issue_id,
        ranked.figure_kind,
        ranked.origin,
        ranked.county_code,
        ranked.school_code,
        ranked.stage,
        ranked.school_year,
        ranked.figure_on,
        ranked.code,
        ranked.part,
        ranked.verdict,
        ranked.name_zh || coalesce(ranked.state_zh, verdict_labels.label_zh) as title,
        ranked.description,
        coalesce({{ is_listed('ranked.verdict', 'rules.opens_on') }}, false) as opens,
        rules.severity,
        rules.category,
        rules.rectification_type,
        rules.deadline_days,
        coalesce(duties.lead_unit, rules.lead_unit, owners.owner_zh, lead_rules.lead_unit) as lead_unit,
        coalesce(
            duties.cooperating_units,
            case when rules.lead_unit is null then owners.helpers_zh else rules.cooperating_units end,
            lead_rules.cooperating_units
        ) as cooperating_units,
        rules.leader_role,
        rules.recheck_level
    from ranked
    left join rules on ranked.figure_kind = rules.figure_kind and rules.code in (ranked.code, 'all')
    left join rules as lead_rules on lead_rules.figure_kind = 'school_indicator' and ranked.lead_code = lead_rules.code
    left join owners on ranked.code = owners.requirement_code
    left join labels as verdict_labels
        on
            ranked.verdict = verdict_labels.code
            and verdict_labels.list = case when ranked.code like 'V%' then 'veto_verdict' else 'verdict' end
    left join duties
        on
            ranked.county_code = duties.county_code
            and ranked.school_code = duties.school_code
            and duties.age = 1
    where ranked.place = 1
)

select * from final
