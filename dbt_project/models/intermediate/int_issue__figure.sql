{%- set lacking = 'cast(ceil(school_indicators.school_shortfall * 100) / 100 as decimal(18, 2))' %}
with

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
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
    select * from {{ ref('int_rules__requirement') }}
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
        '差异系数 ' || coalesce({{ number_text('county_indicators.difference_coefficient_rounded') }}, '待定')
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
        '现值 ' || coalesce({{ number_text('school_indicators.value_rounded') }}, '待定')
        || '，标准 ' || {{ number_text('school_indicators.standard') }}
        -- rounded up: less would not be enough
        || coalesce('，学校应补 ' || {{ number_text(lacking) }} || ' ' || indicators.unit, '')
            as description
    from school_indicators
    inner join indicators using (ruleset_id, indicator_code, stage)
    inner join stages on school_indicators.stage = stages.stage
    left join schools using (county_code, school_year, school_code)
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
        requirements.name_zh,
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
        requirements.name_zh || '：填报与计算' as name_zh,
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
        coalesce(schools.school_name, school_requirements.school_code) || '：' || requirements.indicator_name_zh
            as name_zh,
        coalesce(
            '现值 ' || {{ number_text('school_requirements.value') }}
            || '，标准 ' || {{ number_text('school_requirements.threshold') }},
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
        coalesce(hints.school_name || '：', '') || hints.name_zh || '，待核实' as name_zh,
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
        ranked.name_zh,
        ranked.description,
        coalesce({{ is_listed('ranked.verdict', 'rules.opens_on') }}, false) as opens,
        rules.severity,
        rules.category,
        rules.rectification_type,
        rules.deadline_days,
        coalesce(duties.lead_unit, rules.lead_unit, owners.owner_zh) as lead_unit,
        coalesce(
            duties.cooperating_units, case when rules.lead_unit is null then owners.helpers_zh else rules.cooperating_units end
        ) as cooperating_units,
        rules.leader_role,
        rules.recheck_level
    from ranked
    left join rules on ranked.figure_kind = rules.figure_kind and rules.code in (ranked.code, 'all')
    left join owners on ranked.code = owners.requirement_code
    left join duties
        on
            ranked.county_code = duties.county_code
            and ranked.school_code = duties.school_code
            and duties.age = 1
    where ranked.place = 1
)

select * from final
