with

requirements as (
    select * from {{ ref('int_requirement__county') }}
),

gaps as (
    select * from {{ ref('int_requirement__gap') }}
),

labels as (
    select * from {{ ref('code_labels') }}
),

sources as (
    select * from {{ ref('code_labels') }}
),

-- figures as a sentence prints them: exactly, where the rounded one would tell another verdict
printed as (
    select
        requirements.*,
        labels.label_zh as verdict_zh,
        declared_labels.label_zh as declared_verdict_zh,
        sources.label_zh as source_zh,
        {{ quantity_text(
            telling_number(
                'requirements.value', 'requirements.value_rounded', 'requirements.verdict_changes_when_rounded',
                'requirements.operator', 'requirements.threshold', 'requirements.verdict'
            ),
            'requirements.unit'
        ) }} as value_zh,
        {{ quantity_text(number_text('requirements.threshold'), 'requirements.unit') }} as threshold_zh,
        {{ number_text('requirements.numerator') }} || '/' || {{ number_text('requirements.denominator') }} as ratio_zh,
        {{ number_text('requirements.declared_numerator') }} || '/' || {{ number_text('requirements.declared_denominator') }}
            as declared_ratio_zh,
        {{ some_schools('requirements.unmet_names', 'requirements.schools_unmet') }} as unmet_zh,
        {{ some_schools('requirements.undecided_names', 'requirements.schools_undecided') }} as undecided_zh,
        {{ some_schools('gaps.names', 'gaps.schools_waited_for') }} as gap_zh,
        gaps.schools_waited_for < gaps.schools as has_some_schools
    from requirements
    left join gaps using (county_code, school_year, ruleset_id, requirement_code, part)
    left join labels
        on
            requirements.verdict = labels.code
            and labels.list = case when requirements.block = 'veto' then 'veto_verdict' else 'verdict' end
    left join labels as declared_labels
        on
            requirements.declared_verdict = declared_labels.code
            and declared_labels.list = case when requirements.block = 'veto' then 'veto_verdict' else 'verdict' end
    left join sources on requirements.source = sources.code and sources.list = 'figure_source'
),

-- what is still to come, where something is
waiting as (
    select
        *,
        case
            when verdict = 'undecided' or (verdict is null and value is null)
                then case
                    when basis = 'declared' and declared_verdict is null then {{ sentence('waits_for_declaration') }}
                    when basis = 'declared' then {{ sentence('waits_for_evidence') }}
                    when monitoring_waiting_zh is not null then monitoring_waiting_zh
                    when is_by_schools and schools_undecided > 0
                        then {{ sentence('waits_for_data_of_schools', schools='undecided_zh', data='schools_waiting_zh') }}
                    when is_by_schools then {{ sentence('waits_for_census_of_schools') }}
                    when is_impossible then {{ sentence('waits_for_corrected_figures', ratio='ratio_zh', share='share_zh') }}
                    when has_no_base then {{ sentence('waits_for_a_base', ratio='ratio_zh') }}
                    when has_some_schools then {{ sentence('waits_for_schools', schools='gap_zh') }}
                    else coalesce(county_missing_zh, {{ sentence('waits_for_monitoring') }})
                end
        end as waiting_for_zh
    from printed
),

-- the computed figure stands; the county's own is named beside it
compared as (
    select
        *,
        case
            when
                basis = 'computed'
                and not is_by_schools
                and source <> 'items'
                and (numerator <> declared_numerator or denominator <> declared_denominator)
                then {{ sentence('figures_differ', ratio='ratio_zh', source='source_zh', declared='declared_ratio_zh') }}
        end as figures_differ_zh,
        case
            when basis = 'computed' and verdict in ('met', 'unmet') and verdict <> declared_verdict
                then {{ sentence('verdicts_differ', verdict='verdict_zh', declared='declared_verdict_zh') }}
        end as verdicts_differ_zh
    from waiting
),

-- parts of the sentence that only some requirements have
worded as (
    select
        *,
        case when evidence_count > 0 then {{ sentence('evidence_counted', count='evidence_count') }} else '' end as counted_zh,
        case
            when basis = 'declared' and declared_verdict = 'met' then {{ sentence('met_without_evidence') }} else ''
        end as unproven_zh,
        coalesce({{ sentence('schools_unmet', schools='unmet_zh') }}, '') as unmet_schools_zh,
        case when schools_eased > 0 then {{ sentence('schools_eased', count='schools_eased') }} else '' end as eased_zh,
        coalesce({{ sentence('schools_undecided', schools='undecided_zh') }}, '') as undecided_schools_zh,
        coalesce({{ sentence('still_to_come', waiting='monitoring_waiting_zh') }}, '') as still_to_come_zh,
        case
            when denominator <> 1
                then
                    {{ sentence(
                        'ratio_of_source',
                        ratio='ratio_zh', source="coalesce(" ~ sentence('of_source', source='source_zh') ~ ", '')"
                    ) }}
            else ''
        end as ratio_of_source_zh
    from compared
),

sentences as (
    select
        *,
        case
            when block = 'veto' and verdict = 'undecided'
                then {{ sentence('veto_undecided', name='name_zh', waiting='waiting_for_zh') }}
            when block = 'veto'
                then {{ sentence('veto_decided', name='name_zh', verdict='verdict_zh', evidence='counted_zh') }}
            when verdict = 'undecided'
                then {{ sentence('requirement_undecided', name='name_zh', declared='unproven_zh', waiting='waiting_for_zh') }}
            when basis = 'declared'
                then
                    {{ sentence(
                        'requirement_declared',
                        name='name_zh', declared='declared_verdict_zh', count='evidence_count', verdict='verdict_zh'
                    ) }}
            when is_impossible and verdict is null
                then {{ sentence('reference_impossible', name='name_zh', waiting='waiting_for_zh') }}
            when value is null and verdict is null then {{ sentence('reference_unknown', name='name_zh') }}
            when verdict is null
                then {{ sentence('reference_figure', name='name_zh', value='value_zh', ratio='ratio_zh', source='source_zh') }}
            when is_by_schools
                then
                    {{ sentence(
                        'requirement_of_schools',
                        name='name_zh', value="coalesce(' ' || value_zh, '')", unmet='unmet_schools_zh', eased='eased_zh',
                        undecided='undecided_schools_zh', verdict='verdict_zh'
                    ) }}
            when is_overall
                then {{ sentence('requirement_of_monitoring', years='monitoring_period', verdict='verdict_zh') }}
            when source = 'monitoring' and value is null
                then {{ sentence('monitoring_missed', name='name_zh', verdict='verdict_zh', waiting='still_to_come_zh') }}
            when value is null then {{ sentence('requirement_without_objects', name='name_zh', verdict='verdict_zh') }}
            else
                {{ sentence(
                    'requirement_with_figure',
                    name='name_zh', value='value_zh', ratio='ratio_of_source_zh',
                    comparison=threshold_words('operator', 'verdict'), threshold='threshold_zh', verdict='verdict_zh'
                ) }}
        end as conclusion_zh
    from worded
),

final as (
    select
        county_code,
        school_year,
        requirement_code,
        part,
        ruleset_id,
        block,
        cast(numerator as decimal(38, 8)) as numerator,
        cast(denominator as decimal(38, 8)) as denominator,
        value,
        value_rounded,
        threshold,
        verdict,
        verdict_strict,
        verdict_changes_when_rounded,
        basis,
        source,
        declared_verdict,
        relaxation_code,
        cast(evidence_count as integer) as evidence_count,
        reference_period,
        conclusion_zh,
        waiting_for_zh,
        -- the county states a figure or a verdict of its own beside the computed one
        basis = 'computed'
        and (
            coalesce(source <> 'items' and declared_numerator is not null and not is_by_schools, false)
            or (declared_verdict is not null and coalesce(verdict in ('met', 'unmet'), false))
        ) as is_declared,
        {{ joined_when_known('figures_differ_zh', 'verdicts_differ_zh', '；') }} as disagreement_zh
    from sentences
)

select * from final
