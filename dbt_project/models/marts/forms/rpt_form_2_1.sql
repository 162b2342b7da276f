with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

school_verdicts as (
    select * from {{ ref('fct_school_verdict') }}
),

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

schools as (
    select * from {{ ref('dim_school') }}
),

kinds as (
    select * from {{ ref('school_kinds') }}
),

lines as (
    select * from {{ ref('form_lines') }}
    where form = 'III' and item_code <> 'composite'
),

-- every stage a county has, with its schools in refused files; a rule set without these indicators has none
stages as (
    select
        county_indicators.county_code,
        county_indicators.school_year,
        county_indicators.ruleset_id,
        county_indicators.stage,
        max(county_indicators.withheld_schools) as withheld_schools
    from county_indicators
    inner join lines on county_indicators.indicator_code = lines.item_code
    group by
        county_indicators.county_code, county_indicators.school_year, county_indicators.ruleset_id, county_indicators.stage
),

form_lines as (
    select
        stages.*,
        lines.line,
        lines.name_zh
    from stages
    cross join lines
    union all
    select
        *,
        'total' as line,
        {{ sentence('form_total') }} as name_zh
    from stages
),

-- one verdict per school for each line; the last line is the school as a whole
verdicts as (
    select
        school_indicators.county_code,
        school_indicators.school_year,
        school_indicators.ruleset_id,
        school_indicators.stage,
        school_indicators.school_code,
        lines.line,
        school_indicators.verdict
    from school_indicators
    inner join lines on school_indicators.indicator_code = lines.item_code
    union all
    select
        county_code,
        school_year,
        ruleset_id,
        stage,
        school_code,
        'total' as line,
        verdict
    from school_verdicts
),

kinds_of_verdicts as (
    select
        verdicts.*,
        kinds.has_primary and kinds.has_junior as is_combined,
        kinds.sector = 'teaching_point' as is_teaching_point,
        kinds.has_junior and kinds.has_senior and not kinds.has_primary as is_complete_secondary
    from verdicts
    inner join schools using (county_code, school_year, school_code)
    left join kinds on schools.school_kind_code = kinds.kind_code
),

-- a stage without a school in force has none, though it may have some in refused files
counted as (
    select
        form_lines.county_code,
        form_lines.school_year,
        form_lines.ruleset_id,
        form_lines.stage,
        form_lines.line,
        form_lines.name_zh,
        form_lines.withheld_schools,
        count(verdicts.school_code) as school_count,
        count(case when verdicts.is_combined then 1 end) as combined_count,
        count(case when verdicts.is_teaching_point then 1 end) as teaching_point_count,
        count(case when verdicts.is_complete_secondary then 1 end) as complete_secondary_count,
        count(case when verdicts.verdict = 'met' then 1 end) as known_met,
        count(case when verdicts.verdict = 'floor_met' then 1 end) as known_floor_met,
        count(case when verdicts.verdict = 'undecided' then 1 end) as undecided_count
    from form_lines
    left join kinds_of_verdicts as verdicts using (county_code, school_year, ruleset_id, stage, line)
    group by
        form_lines.county_code,
        form_lines.school_year,
        form_lines.ruleset_id,
        form_lines.stage,
        form_lines.line,
        form_lines.name_zh,
        form_lines.withheld_schools
),

-- a count is final only when no school waits for a figure and none lies in a refused file
settled as (
    select
        *,
        undecided_count = 0 and withheld_schools is null as is_settled
    from counted
),

measured as (
    select
        *,
        case when is_settled then known_met end as schools_met,
        case when is_settled then {{ share_pct('known_met', 'school_count') }} end as share_met_pct
    from settled
),

final as (
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        ruleset_id,
        stage,
        line,
        name_zh,
        cast(school_count as integer) as school_count,
        cast(combined_count as integer) as combined_count,
        cast(teaching_point_count as integer) as teaching_point_count,
        cast(complete_secondary_count as integer) as complete_secondary_count,
        cast(schools_met as integer) as schools_met,
        {{ printed_or_undecided('schools_met', 0) }} as schools_met_text,
        share_met_pct,
        {{ printed_or_undecided('share_met_pct', 1) }} as share_met_text,
        cast(known_met as integer) as known_met,
        cast(known_floor_met as integer) as known_floor_met,
        cast(undecided_count as integer) as undecided_count,
        withheld_schools
    from measured
)

select * from final
