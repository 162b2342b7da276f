with

all_figures as (
    select * from {{ ref('int_issue_figure__any_kind') }}
),

counties as (
    select * from {{ ref('int_census__county') }}
),

duties as (
    select * from {{ ref('int_responsibility__school') }}
),

rules as (
    select * from {{ ref('issue_rules') }}
),

owners as (
    select * from {{ ref('requirement_owners') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

latest_years as (
    select
        county_code,
        max(school_year) as school_year
    from counties
    group by county_code
),

-- of the latest year of the county; what has no school year speaks of it too
figures as (
    select
        latest_years.school_year,
        coalesce(all_figures.figure_on, {{ first_day_of_school_year('all_figures.school_year') }}) as figure_on,
    {%- for column in issue_figure_types() if column not in ('school_year', 'figure_on') %}
    all_figures.{{ column }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from all_figures
    inner join latest_years using (county_code)
    where coalesce(all_figures.school_year, latest_years.school_year) = latest_years.school_year
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
    where ranked.place = 1
)

select * from final
