with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

sizes as (
    {{ rows_with_base('rule_school_sizes', ['kind_code'], ['pupil_limit', 'relaxed_pupil_limit']) }}
),

relaxations as (
    select * from {{ ref('int_balance__relaxation') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

eased as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        min(relaxation_code) as relaxation_code
    from relaxations
    where target = 'G4'
    group by county_code, school_year, school_code, ruleset_id
),

-- kinds that may not teach compulsory stages are out of scope, and their limit is no pupil at all: those that have some
forbidden as (
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        sizes.ruleset_id
    from schools
    inner join sizes on schools.school_kind_code = sizes.kind_code
    inner join county_rulesets using (county_code, school_year, ruleset_id)
    where
        county_rulesets.is_selected
        and sizes.pupil_limit = 0
        and (schools.pupils_primary > 0 or schools.pupils_junior > 0)
),

assessed as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id
    from scope
    union distinct
    select
        county_code,
        school_year,
        school_code,
        ruleset_id
    from forbidden
),

-- what is known of the size already: unknown pupils can only add to it, so they count as none here
measured as (
    select
        assessed.county_code,
        assessed.school_year,
        assessed.school_code,
        assessed.ruleset_id,
        coalesce(schools.pupils_primary, 0) + coalesce(schools.pupils_junior, 0) as known_size,
        schools.pupils_primary is not null and schools.pupils_junior is not null as is_complete,
        sizes.pupil_limit,
        case when eased.relaxation_code is not null then sizes.relaxed_pupil_limit end as relaxed_pupil_limit,
        eased.relaxation_code
    from assessed
    inner join schools using (county_code, school_year, school_code)
    left join eased using (county_code, school_year, school_code, ruleset_id)
    left join sizes on assessed.ruleset_id = sizes.ruleset_id and schools.school_kind_code = sizes.kind_code
),

verdicts as (
    select
        *,
    {%- for verdict, limit in [("verdict_strict", "pupil_limit"), ("relaxed_verdict", "relaxed_pupil_limit")] %}
    case
        when known_size > {{ limit }} then 'unmet'
        when is_complete and known_size <= {{ limit }} then 'met'
        else 'undecided'
    end as {{ verdict }}
    {{- "," if not loop.last }}
    {%- endfor %}
    from measured
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        'G4' as requirement_code,
        'all' as part,
        cast(case when is_complete then known_size end as decimal(38, 12)) as value,
        cast(pupil_limit as decimal(38, 12)) as threshold,
        cast(case when relaxed_pupil_limit is not null and is_complete then known_size end as decimal(38, 12)) as relaxed_value,
        cast(relaxed_pupil_limit as decimal(38, 12)) as relaxed_threshold,
        case when relaxed_pupil_limit is not null then relaxed_verdict else verdict_strict end as verdict,
        verdict_strict,
        case when relaxed_pupil_limit is not null and relaxed_verdict <> verdict_strict then relaxation_code end
            as relaxation_code,
        case
            when verdict_strict = 'undecided' or (relaxed_pupil_limit is not null and relaxed_verdict = 'undecided')
                then case
                    when pupil_limit is null then {{ sentence('waits_for_pupil_limit') }}
                    else {{ sentence('waits_for_pupils') }}
                end
        end as waiting_for_zh
    from verdicts
)

select * from final
