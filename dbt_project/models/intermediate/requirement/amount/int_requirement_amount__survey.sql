with

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

survey_rows as (
    {{ source_rows_in_force('stg_survey__group', 'survey') }}
),

survey_left_out as (
    {{ source_rows_left_out('stg_survey__group', 'survey') }}
),

-- several surveys of a year are added; groups of respondents do not make the whole
survey_counts as (
    select
        county_code,
        school_year,
        respondent_group,
        {%- for count in ["valid", "satisfied", "visited", "visited_satisfied"] %}
        {{ sum_if_all_known(count, "decimal(28, 8)") }} as {{ count }},
        {%- endfor %}
        {{ distinct_texts('source_document', ';') }} as evidence
    from survey_rows
    where
        school_code is null
        and respondent_group in ('all', 'parents')
        -- without one of them the others are not all
        and not exists (
            select 1
            from survey_left_out
            where
                survey_left_out.county_code = survey_rows.county_code
                and survey_left_out.school_year = survey_rows.school_year
                and survey_left_out.respondent_group = survey_rows.respondent_group
                and survey_left_out.school_code is null
        )
    group by county_code, school_year, respondent_group
),

final as (
    {%- for count in ["valid", "satisfied", "visited", "visited_satisfied"] %}
    select
        survey_counts.county_code,
        survey_counts.school_year,
        county_rulesets.ruleset_id,
        'survey' as source,
        'S1.{{ count }}' || case when survey_counts.respondent_group = 'parents' then '.parents' else '' end as item,
        'all' as stage,
        survey_counts.{{ count }} as amount,
        cast(null as {{ text_type() }}) as reference_period,
        survey_counts.evidence
    from survey_counts
    inner join county_rulesets using (county_code, school_year)
    where county_rulesets.is_selected
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
