with

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

form_series as (
    select * from {{ ref('int_census__form_series') }}
),

county_forms as (
    select
        county_code,
        school_year,
        {{ distinct_texts('form_series', '、') }} as form_series  -- once, of however many schools
    from form_series
    group by county_code, school_year
),

figures as (
    select
        county_indicators.county_code,
        county_indicators.school_year,
        county_indicators.stage,
        county_indicators.indicator_code,
        county_indicators.ruleset_id,
        county_indicators.school_count,
        county_indicators.county_mean,
        county_indicators.difference_coefficient,
        county_indicators.verdict,
        county_forms.form_series
    from county_indicators
    left join county_forms using (county_code, school_year)
),

final as (
    select
        figures.county_code,
        figures.school_year,
        figures.stage,
        figures.indicator_code,
        figures.ruleset_id,
        figures.school_count,
        previous.school_count as previous_school_count,
        figures.county_mean,
        previous.county_mean as previous_county_mean,
        {{ decimal_difference('figures.county_mean', 'previous.county_mean', 38, 12) }} as county_mean_change,
        figures.difference_coefficient,
        previous.difference_coefficient as previous_difference_coefficient,
        cast(figures.difference_coefficient - previous.difference_coefficient as decimal(28, 12))
            as difference_coefficient_change,
        figures.verdict,
        previous.verdict as previous_verdict,
        figures.form_series,
        previous.form_series as previous_form_series,
        figures.form_series <> previous.form_series as form_series_changed
    from figures
    left join figures as previous
        on
            figures.county_code = previous.county_code
            and figures.school_year = previous.school_year + 1
            and figures.stage = previous.stage
            and figures.indicator_code = previous.indicator_code
            and figures.ruleset_id = previous.ruleset_id
)

select * from final
