with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

predecessors as (
    select * from {{ ref('int_census__predecessor') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

form_series as (
    select * from {{ ref('int_census__form_series') }}
),

-- the schools of the year before that this one goes on from, taken together; one unknown figure makes theirs unknown
before as (
    select
        predecessors.county_code,
        predecessors.school_year,
        predecessors.school_code,
        previous.stage,
        previous.indicator_code,
        previous.ruleset_id,
        count(*) as previous_school_count,
        {{ joined_text('predecessors.previous_school_code', '、', 'predecessors.previous_school_code') }} as previous_school_codes,
        -- what the county says of them; that a school keeps its code needs no saying beside it
        coalesce(max(case when predecessors.change <> 'same_code' then predecessors.change end), 'same_code') as change,
        case when count(*) = count(previous.value) then sum(previous.numerator) end as numerator,
        case when count(*) = count(previous.value) then sum(previous.pupils) end as pupils,
        max(forms.form_series) as form_series
    from predecessors
    inner join school_indicators as previous
        on
            predecessors.county_code = previous.county_code
            and predecessors.school_year = previous.school_year + 1
            and predecessors.previous_school_code = previous.school_code
    left join form_series as forms
        on
            previous.county_code = forms.county_code
            and previous.school_year = forms.school_year
            and previous.school_code = forms.school_code
    group by
        predecessors.county_code,
        predecessors.school_year,
        predecessors.school_code,
        previous.stage,
        previous.indicator_code,
        previous.ruleset_id
),

measured as (
    select
        school_indicators.county_code,
        school_indicators.school_year,
        school_indicators.school_code,
        school_indicators.stage,
        school_indicators.indicator_code,
        school_indicators.ruleset_id,
        school_indicators.pupils,
        school_indicators.value,
        school_indicators.verdict,
        before.previous_school_count,
        before.previous_school_codes,
        before.change,
        before.pupils as previous_pupils,
        {{ from_units(
            rounded_quotient('(' ~ to_units('before.numerator', 12) ~ ' * indicators.scale)', 'before.pupils'), 38, 12
        ) }} as previous_value,
        form_series.form_series,
        before.form_series as previous_form_series
    from school_indicators
    inner join before using (county_code, school_year, school_code, stage, indicator_code, ruleset_id)
    inner join indicators using (ruleset_id, indicator_code, stage)
    left join form_series using (county_code, school_year, school_code)
),

final as (
    select
        county_code,
        school_year,
        school_code,
        stage,
        indicator_code,
        ruleset_id,
        previous_school_codes,
        cast(previous_school_count as integer) as previous_school_count,
        change,
        pupils,
        cast(previous_pupils as bigint) as previous_pupils,
        value,
        previous_value,
        {{ decimal_difference('value', 'previous_value', 38, 12) }} as value_change,
        verdict,
        form_series,
        previous_form_series,
        form_series <> previous_form_series as form_series_changed
    from measured
)

select * from final
