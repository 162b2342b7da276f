with

units as (
    select * from {{ ref('int_requirement__unit') }}
),

withheld_schools as (
    select * from {{ ref('int_census__withheld_school') }}
),

limits as (
    {{ rows_with_base('rule_class_limits', ['stage'], ['class_limit', 'bands_above']) }}
),

-- what each source says of the classes above the limit: bands where all above it are known, else the count, else the
-- largest class
unit_stages as (
    {%- for stage in compulsory_stages() %}
    select
        units.county_code,
        units.school_year,
        units.school_code,
        units.ruleset_id,
        '{{ stage }}' as stage,
        cast({{ classes_in_bands('units.classes_' ~ stage ~ '_', 'limits.bands_above') }} as bigint) as over_by_bands,
        cast(units.classes_over_{{ stage }} as bigint) as over_by_count,
        units.largest_class_{{ stage }} <= limits.class_limit as largest_fits
    from units
    inner join limits on units.ruleset_id = limits.ruleset_id and limits.stage = '{{ stage }}'
    where units.has_{{ stage }}
    union all
    select distinct  -- a campus that only a refused file holds: its classes are unknown; a school may have several
        units.county_code,
        units.school_year,
        units.school_code,
        units.ruleset_id,
        '{{ stage }}' as stage,
        cast(null as bigint) as over_by_bands,
        cast(null as bigint) as over_by_count,
        cast(null as boolean) as largest_fits
    from units
    inner join withheld_schools
        on
            units.county_code = withheld_schools.county_code
            and units.school_year = withheld_schools.school_year
            and units.school_code = withheld_schools.main_school_code
            and withheld_schools.has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- none above by one source while another knows of some: nobody knows
compared as (
    select
        *,
        coalesce(coalesce(over_by_bands, over_by_count) = 0 and (over_by_count > 0 or not largest_fits), false) as is_doubtful
    from unit_stages
),

unit_classes as (
    select
        *,
        case
            when not is_doubtful then coalesce(over_by_bands, over_by_count, case when largest_fits then 0 end)
        end as classes_over,
        -- one class above is enough, though nobody knows how many there are
        case
            when is_doubtful then null
            when over_by_bands is null and over_by_count is null then not largest_fits
            else coalesce(over_by_bands, over_by_count) > 0
        end as has_class_over
    from compared
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        'G5' as requirement_code,
        stage as part,
        {{ sum_if_all_known('classes_over', 'decimal(38, 12)') }} as value,
        cast(0 as decimal(38, 12)) as threshold,
        cast(null as decimal(38, 12)) as relaxed_value,
        cast(null as decimal(38, 12)) as relaxed_threshold,
        {%- for verdict in ["verdict", "verdict_strict"] %}
        case
            when bool_or(has_class_over) then 'unmet'
            when count(*) > count(has_class_over) then 'undecided'
            else 'met'
        end as {{ verdict }},
        {%- endfor %}
        cast(null as {{ text_type() }}) as relaxation_code,
        case
            when bool_or(is_doubtful) then {{ sentence('waits_for_corrected_class_sizes') }}
            when count(*) > count(has_class_over) then {{ sentence('waits_for_class_sizes') }}
        end as waiting_for_zh
    from unit_classes
    group by county_code, school_year, school_code, ruleset_id, stage
)

select * from final
