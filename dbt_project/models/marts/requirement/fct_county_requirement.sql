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
                    when basis = 'declared' and declared_verdict is null then '自评结论和佐证'
                    when basis = 'declared' then '佐证'
                    when monitoring_waiting_zh is not null then monitoring_waiting_zh
                    when is_by_schools and schools_undecided > 0 then undecided_zh || '的' || schools_waiting_zh
                    when is_by_schools then '学校的普查数据'
                    when is_impossible then '改正后的数据（' || ratio_zh || ' 不可能：' || share_zh || '）'
                    when has_no_base then '不为零的分母（' || ratio_zh || '）'
                    when has_some_schools then gap_zh || '的数据'
                    else coalesce(county_missing_zh, '质量监测结果')
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
                then '计算为 ' || ratio_zh || '（' || source_zh || '），县级填报为 ' || declared_ratio_zh
        end as figures_differ_zh,
        case
            when basis = 'computed' and verdict in ('met', 'unmet') and verdict <> declared_verdict
                then '计算结论为' || verdict_zh || '，自评结论为' || declared_verdict_zh
        end as verdicts_differ_zh
    from waiting
),

sentences as (
    select
        *,
        case
            when block = 'veto' and verdict = 'undecided' then name_zh || '：待定，待补：' || waiting_for_zh
            when block = 'veto'
                then
                    name_zh || '：' || verdict_zh
                    || case when evidence_count > 0 then '（佐证 ' || evidence_count || ' 份）' else '' end
            when verdict = 'undecided'
                then
                    name_zh || '：待定'
                    || case when basis = 'declared' and declared_verdict = 'met' then '，自评达标但没有佐证' else '' end
                    || '，待补：' || waiting_for_zh
            when basis = 'declared'
                then name_zh || '：自评' || declared_verdict_zh || '，佐证 ' || evidence_count || ' 份，' || verdict_zh
            when is_impossible and verdict is null then name_zh || '：数据有误（参考项，不作结论），待补：' || waiting_for_zh
            when value is null and verdict is null then name_zh || '：未填报（参考项，不作结论）'
            when verdict is null then name_zh || ' ' || value_zh || '（' || ratio_zh || '，' || source_zh || '；参考项，不作结论）'
            when is_by_schools
                then
                    name_zh
                    || coalesce(' ' || value_zh, '')
                    || coalesce('，' || unmet_zh || '未达到', '')
                    || case when schools_eased > 0 then '，' || schools_eased || ' 所学校按放宽标准达标' else '' end
                    || coalesce('，' || undecided_zh || '待定', '')
                    || '，' || verdict_zh
            when is_overall then '申报县质量监测（' || monitoring_period || '年）综合评估' || verdict_zh
            when source = 'monitoring' and value is null
                then name_zh || '：已有结果未达到要求，' || verdict_zh || coalesce('；待补：' || monitoring_waiting_zh, '')
            when value is null then name_zh || '：没有应计的对象，' || verdict_zh
            else
                name_zh || ' ' || value_zh
                || case when denominator <> 1 then '（' || ratio_zh || coalesce('，' || source_zh, '') || '）' else '' end
                || '，' || {{ threshold_words('operator', 'verdict') }} || ' ' || threshold_zh || '，' || verdict_zh
        end as conclusion_zh
    from compared
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
