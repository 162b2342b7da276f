{%- set named = var("most")["schools"] -%}
with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

school_requirements as (
    select * from {{ ref('int_requirement__school') }}
),

withheld_schools as (
    select * from {{ ref('int_requirement__withheld_school') }}
),

requirements as (
    select * from {{ ref('int_rules__requirement') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

school_parts as (
    select
        ruleset_id,
        requirement_code,
        part,
        county_figure,
        verdict_without_schools
    from requirements
    where level = 'school'
),

-- a school that only a refused file holds is undecided in all that concerns its stages
judged as (
    select
        school_requirements.county_code,
        school_requirements.school_year,
        school_requirements.school_code,
        school_requirements.ruleset_id,
        school_requirements.requirement_code,
        school_requirements.part,
        schools.school_name as label,
        school_requirements.value,
        school_requirements.verdict,
        school_requirements.verdict_strict,
        school_requirements.relaxation_code,
        school_requirements.waiting_for_zh
    from school_requirements
    inner join schools using (county_code, school_year, school_code)
    union all
    select
        withheld_schools.county_code,
        withheld_schools.school_year,
        withheld_schools.school_code,
        withheld_schools.ruleset_id,
        school_parts.requirement_code,
        school_parts.part,
        withheld_schools.label,
        cast(null as decimal(38, 12)) as value,
        'undecided' as verdict,
        'undecided' as verdict_strict,
        cast(null as {{ text_type() }}) as relaxation_code,
        {{ sentence('waits_for_census') }} as waiting_for_zh
    from withheld_schools
    inner join school_parts using (ruleset_id)
    where
        school_parts.part not in (
            {%- for stage in compulsory_stages() %}
            '{{ stage }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
        {%- for stage in compulsory_stages() %}
        or (school_parts.part = '{{ stage }}' and withheld_schools.has_{{ stage }})
        {%- endfor %}
),

folded as (
    select
        county_code,
        school_year,
        ruleset_id,
        requirement_code,
        part,
        count(*) as schools,
        count(value) as schools_known,
        count(case when verdict = 'unmet' then 1 end) as schools_unmet,
        count(case when verdict_strict = 'unmet' then 1 end) as schools_unmet_strict,
        count(case when verdict = 'undecided' then 1 end) as schools_undecided,
        count(case when verdict_strict = 'undecided' then 1 end) as schools_undecided_strict,
        count(case when verdict = 'met' and verdict_strict <> 'met' then 1 end) as schools_eased,
        {{ sum_if_all_known('value', 'decimal(38, 12)') }} as value_sum,
        case when count(*) = count(value) then min(value) end as value_least,
        {{ first_texts("case when verdict = 'unmet' then label end", 'school_code', named) }} as unmet_names,
        {{ first_texts("case when verdict = 'undecided' then label end", 'school_code', named) }} as undecided_names,
        {{ distinct_texts("case when verdict = 'undecided' then waiting_for_zh end", '、') }} as waiting_zh,
        {{ distinct_texts('relaxation_code', ';') }} as relaxation_code,
        {{ folded_verdict('verdict') }} as verdict,
        {{ folded_verdict('verdict_strict') }} as verdict_strict
    from judged
    group by county_code, school_year, ruleset_id, requirement_code, part
),

counties as (
    select distinct  -- counties with a school in scope
        county_code,
        school_year,
        ruleset_id
    from scope
),

final as (
    select
        counties.county_code,
        counties.school_year,
        counties.ruleset_id,
        school_parts.requirement_code,
        school_parts.part,
        coalesce(folded.schools, 0) as schools,
        coalesce(folded.schools_known, 0) as schools_known,
        coalesce(folded.schools_unmet, 0) as schools_unmet,
        coalesce(folded.schools_undecided, 0) as schools_undecided,
        coalesce(folded.schools_eased, 0) as schools_eased,
        folded.unmet_names,
        folded.undecided_names,
        folded.waiting_zh,
        folded.relaxation_code,
        cast(
            case school_parts.county_figure
                when 'sum' then folded.value_sum
                when 'least' then folded.value_least
                -- values are strict: schools that would miss it without a relaxation; not known while one is undecided
                when 'missed'
                    then case
                        when
                            coalesce(folded.schools_undecided_strict, 0) = 0
                            and (folded.schools > 0 or school_parts.verdict_without_schools = 'met')
                            then coalesce(folded.schools_unmet_strict, 0)
                    end
            end as decimal(38, 12)
        ) as value,
        coalesce(folded.verdict, school_parts.verdict_without_schools, 'undecided') as verdict,  -- no school of the kind
        coalesce(folded.verdict_strict, school_parts.verdict_without_schools, 'undecided') as verdict_strict  -- as above
    from counties
    inner join school_parts using (ruleset_id)
    left join folded using (county_code, school_year, ruleset_id, requirement_code, part)
)

select * from final
