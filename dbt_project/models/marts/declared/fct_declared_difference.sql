with

figures as (
    select * from {{ ref('int_declared__figure') }}
),

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

alternatives as (
    select * from {{ ref('int_declared__alternative') }}
),

indicators as (
    select * from {{ ref('int_rules__indicator') }}
),

bridges as (
    select * from {{ ref('difference_bridges') }}
),

file_names as (
    select * from {{ ref('int_ledger__submitted_file') }}
),

computed as (
    select
        county_code,
        school_year,
        ruleset_id,
        stage,
        school_code,
        indicator_code,
        'value' as measure,
        value
    from school_indicators
    union all
    select distinct  -- the pupils of a school are the same for each indicator
        county_code,
        school_year,
        ruleset_id,
        stage,
        school_code,
        'pupils' as indicator_code,
        'pupils' as measure,
        cast(pupils as decimal(38, 12)) as value
    from school_indicators
    union all
    select
        county_code,
        school_year,
        ruleset_id,
        stage,
        cast(null as {{ text_type() }}) as school_code,
        indicator_code,
        'mean' as measure,
        county_mean as value
    from county_indicators
    union all
    select
        county_code,
        school_year,
        ruleset_id,
        stage,
        cast(null as {{ text_type() }}) as school_code,
        indicator_code,
        'coefficient' as measure,
        cast(difference_coefficient as decimal(38, 12)) as value
    from county_indicators
),

-- rule sets of the county that have the indicators of the forms, with the decimals of each figure
asked as (
    select distinct
        county_indicators.county_code,
        county_indicators.school_year,
        county_indicators.ruleset_id,
        indicators.stage,
        indicators.indicator_code,
        indicators.decimals,
        indicators.mean_decimals,
        indicators.coefficient_decimals
    from county_indicators
    inner join indicators using (ruleset_id)
),

-- of a line whose stage nobody tells
decimals_of_any_stage as (
    select
        county_code,
        school_year,
        ruleset_id,
        indicator_code,
        max(decimals) as decimals
    from asked
    group by county_code, school_year, ruleset_id, indicator_code
),

judged_rulesets as (
    select distinct
        asked.county_code,
        asked.school_year,
        asked.ruleset_id
    from asked
    inner join figures using (county_code, school_year, stage, indicator_code)
    where asked.indicator_code <> 'composite'
),

paired as (
    select
        figures.*,
        judged_rulesets.ruleset_id,
        computed.value as computed_exact,
        computed.indicator_code is not null as is_computed,
        case figures.measure
            when 'value' then coalesce(asked.decimals, decimals_of_any_stage.decimals)
            when 'mean' then asked.mean_decimals
            when 'coefficient' then asked.coefficient_decimals
            else 0
        end as decimals
    from figures
    inner join judged_rulesets using (county_code, school_year)
    left join asked
        on
            judged_rulesets.ruleset_id = asked.ruleset_id
            and figures.county_code = asked.county_code
            and figures.school_year = asked.school_year
            and figures.stage = asked.stage
            and figures.indicator_code = asked.indicator_code
    left join decimals_of_any_stage
        on
            judged_rulesets.ruleset_id = decimals_of_any_stage.ruleset_id
            and figures.county_code = decimals_of_any_stage.county_code
            and figures.school_year = decimals_of_any_stage.school_year
            and figures.indicator_code = decimals_of_any_stage.indicator_code
    left join computed
        on
            judged_rulesets.ruleset_id = computed.ruleset_id
            and figures.county_code = computed.county_code
            and figures.school_year = computed.school_year
            and figures.stage = computed.stage
            and figures.indicator_code = computed.indicator_code
            and figures.measure = computed.measure
            and coalesce(figures.school_code, '') = coalesce(computed.school_code, '')
),

rounded as (
    select
        *,
        {{ half_up_with_snap(to_units('cast(declared_value as decimal(38, 12))', 12), 'decimals') }} as declared_rounded,
        {{ half_up_with_snap(to_units('computed_exact', 12), 'decimals') }} as computed_rounded,
        -- with the other ways of cutting a figure: one decimal less, or cut off
        case
            when decimals > 0 then {{ half_up_with_snap(to_units('computed_exact', 12), 'decimals - 1') }}
        end as computed_shorter,
        {{ from_units(
            quotient(to_units('computed_exact', 12), power_of_ten('12 - decimals')) ~ ' * ' ~ power_of_ten('4 - decimals'), 38, 4
        ) }} as computed_cut
    from paired
),

compared as (
    select
        *,
        cast(row_number() over (
            order by county_code, school_year, ruleset_id, form, stage, school_code, school_name, indicator_code, measure
        ) as bigint) as figure_number,
        declared_rounded = computed_rounded as is_same
    from rounded
),

fitting as (
    select
        compared.figure_number,
        alternatives.bridge
    from compared
    inner join alternatives
        on
            compared.county_code = alternatives.county_code
            and compared.school_year = alternatives.school_year
            and compared.ruleset_id = alternatives.ruleset_id
            and compared.stage = alternatives.stage
            and compared.indicator_code = alternatives.indicator_code
            and compared.measure = alternatives.measure
            and coalesce(compared.school_code, '') = coalesce(alternatives.school_code, '')
    where
        not coalesce(compared.is_same, false)
        and compared.declared_rounded = {{ half_up_with_snap(to_units('alternatives.value', 12), 'compared.decimals') }}
    union
    select
        figure_number,
        'rounding' as bridge
    from compared
    where not is_same and declared_rounded in (computed_shorter, computed_cut)
),

explained as (
    select
        fitting.figure_number,
        count(*) as n_bridges,
        {{ joined_text('bridges.bridge', ';', 'bridges.display_order') }} as bridges,
        {{ joined_text('bridges.label_zh', '；', 'bridges.display_order') }} as bridges_zh
    from fitting
    inner join bridges using (bridge)
    group by fitting.figure_number
),

final as (
    select
        compared.county_code,
        compared.school_year,
        compared.ruleset_id,
        compared.form,
        coalesce(compared.stage, 'unknown') as stage,
        compared.school_code,
        compared.school_name,
        compared.indicator_code,
        compared.measure,
        compared.decimals,
        compared.declared_value,
        cast(compared.computed_rounded as decimal(38, 4)) as computed_value,
        cast(compared.computed_exact as decimal(38, 12)) as computed_exact,
        {{ decimal_difference('compared.declared_value', 'compared.computed_rounded', 38, 8) }} as difference,
        case
            when compared.is_same then 'same'
            when explained.n_bridges is not null then 'explained'
            when not compared.is_computed or compared.computed_exact is null then 'undecided'
            else 'unexplained'
        end as state,
        coalesce(cast(explained.n_bridges as integer), 0) as n_bridges,  -- none found
        explained.bridges,
        explained.bridges_zh,
        compared.submission_id,
        file_names.file_name,
        compared.sheet,
        compared.row_number
    from compared
    left join explained using (figure_number)
    left join file_names using (submission_id)
)

select * from final
