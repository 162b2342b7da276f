with

counties as (
    select * from {{ ref('dim_county') }}
),

results as (
    select * from {{ ref('fct_monitoring_result') }}
),

-- official results published by the end of the school year: the monitoring of its spring is the last
official_results as (
    select
        counties.school_year,
        results.*
    from counties
    inner join results
        on counties.county_code = results.county_code and results.monitoring_year <= counties.school_year + 1
    where results.is_official and results.measure in ('achievement_level', 'between_school_rate')
),

pivoted as (
    select
        county_code,
        school_year,
        scope,
        monitoring_year,
        grade,
        subject,
        max(subject_code) as subject_code,
        max(case when measure = 'achievement_level' then level end) as level,
        max(case when measure = 'achievement_level' then verdict end) as level_verdict,
        max(case when measure = 'between_school_rate' then value end) as between_school_rate,
        max(case when measure = 'between_school_rate' then verdict end) as rate_verdict,
        max(n_schools) as n_schools,
        max(n_pupils) as n_pupils,
        max(source_document) as source_document
    from official_results
    group by county_code, school_year, scope, monitoring_year, grade, subject
),

final as (
    select
        county_code,
        school_year,
        {{ first_day_of_school_year('school_year') }} as school_year_start,
        scope,
        monitoring_year,
        grade,
        subject,
        subject_code,
        level,
        case level
            {%- for number in range(1, 5) %}
            when {{ number }} then {{ sentence('level_' ~ number) }}
            {%- endfor %}
            else {{ sentence('undecided') }}
        end as level_text,
        level_verdict,
        between_school_rate,
        coalesce({{ number_text('between_school_rate') }}, {{ sentence('undecided') }}) as between_school_rate_text,
        rate_verdict,
        n_schools,
        n_pupils,
        source_document
    from pivoted
)

select * from final
