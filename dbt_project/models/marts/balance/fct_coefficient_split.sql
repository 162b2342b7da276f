{%- set figure = ["county_code", "school_year", "stage", "indicator_code", "ruleset_id"] %}
{%- set division = figure + ["division"] %}
with

parts as (
    select * from {{ ref('fct_part_indicator') }}
),

school_parts as (
    select * from {{ ref('int_balance__school_part') }}
),

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

county_indicators as (
    select * from {{ ref('fct_county_indicator') }}
),

unplaced as (
    select
        {%- for column in figure %}
        school_indicators.{{ column }},
        {%- endfor %}
        school_parts.division,
        count(*) as school_count,
        count(case when school_parts.part is null then 1 end) as unplaced_school_count
    from school_indicators
    inner join school_parts using (county_code, school_year, school_code)
    where school_indicators.value is not null
    group by
        {%- for column in figure %}
        school_indicators.{{ column }},
        {%- endfor %}
        school_parts.division
),

sums as (
    select
        {{ division | join(", ") }},
        count(*) as part_count,
        {{ order_free_sum(
            as_double('pupils') ~ ' * ' ~ squared(as_double('relative_mean') ~ ' - 1')
        ) }} as between_pupils,
        {{ order_free_sum(
            as_double('pupils') ~ ' * ' ~ squared(as_double('relative_mean') ~ ' * '
            ~ as_double('case when relative_mean = 0 then 0 else coefficient_within end'))
        ) }} as within_pupils,
        {{ as_double('sum(pupils)') }} as pupils
    from parts
    group by {{ division | join(", ") }}
),

judged as (
    select
        unplaced.*,
        coalesce(sums.part_count, 0) as part_count,
        sums.between_pupils / sums.pupils as squared_between,
        sums.within_pupils / sums.pupils as squared_within,
        case
            when unplaced.unplaced_school_count > 0 then 'part_unknown'
            when sums.between_pupils is null then 'no_mean'
            when sums.between_pupils + sums.within_pupils = 0 then 'no_variation'
        end as undecided_reason
    from unplaced
    left join sums using ({{ division | join(", ") }})
),

final as (
    select
        {%- for column in division %}
        judged.{{ column }},
        {%- endfor %}
        cast(judged.part_count as integer) as part_count,
        cast(judged.school_count as integer) as school_count,
        cast(judged.unplaced_school_count as integer) as unplaced_school_count,
        {%- for side in ["between", "within"] %}
        {{ as_decimal(
            "case when judged.undecided_reason is null then sqrt(judged.squared_" ~ side ~ ") end", 28, 12
        ) }} as coefficient_{{ side }},
        {%- endfor %}
        {{ as_decimal(
            "case when judged.undecided_reason is null "
            ~ "then judged.squared_between / (judged.squared_between + judged.squared_within) end", 18, 12
        ) }} as share_between,
        judged.undecided_reason,
        county_indicators.known_school_count < county_indicators.school_count
        or county_indicators.withheld_schools is not null as is_provisional
    from judged
    inner join county_indicators using ({{ figure | join(", ") }})
)

select * from final
