{%- set key = ["item_code", "county_code", "school_year", "stage", "school_key"] %}
with

items as (
    select * from {{ ref('review_items') }}
),

measures as (
    select * from {{ ref('int_review__measure') }}
),

files as (
    select * from {{ ref('int_review__file') }}
),

sides as (
    select * from {{ ref('review_sources') }}
),

schools as (
    select * from {{ ref('int_census__school') }}
),

state_labels as (
    select * from {{ ref('code_labels') }}
    where list = 'review_state'
),

keyed as (
    select
        *,
        coalesce(school_code, '') as school_key  -- of the county: no school
    from measures
),

spoken as (
    select distinct  -- sides that say anything of a county and year
        source,
        county_code,
        school_year
    from measures
    where value is not null or undecided_reason is not null
),

{% for side in ["left", "right"] -%}
{{ side }}_side as (
    select
        items.item_code,
        keyed.county_code,
        keyed.school_year,
        keyed.stage,
        keyed.school_key,
        keyed.value,
        keyed.undecided_reason
    from items
    inner join keyed on items.{{ side }}_source = keyed.source and items.{{ side }}_measure = keyed.measure
),

{% endfor -%}
paired as (
    select
        {{ key | join(", ") }},
        left_side.value as left_value,
        right_side.value as right_value,
        coalesce(left_side.undecided_reason, right_side.undecided_reason) as undecided_reason
    from left_side
    full outer join right_side using ({{ key | join(", ") }})
    -- what neither side states is no figure to review
    where left_side.value is not null or right_side.value is not null
),

-- where one of the two sources says nothing at all of a county and year, one row says so and not one for each school
one_sided as (
    select
        items.item_code,
        coalesce(left_spoken.county_code, right_spoken.county_code) as county_code,
        coalesce(left_spoken.school_year, right_spoken.school_year) as school_year,
        left_spoken.county_code is null as left_is_silent
    from items
    inner join spoken
        on items.left_source = spoken.source or items.right_source = spoken.source
    left join spoken as left_spoken
        on
            items.left_source = left_spoken.source
            and spoken.county_code = left_spoken.county_code
            and spoken.school_year = left_spoken.school_year
    left join spoken as right_spoken
        on
            items.right_source = right_spoken.source
            and spoken.county_code = right_spoken.county_code
            and spoken.school_year = right_spoken.school_year
    where left_spoken.county_code is null or right_spoken.county_code is null
),

compared as (
    select
        paired.county_code,
        paired.school_year,
        paired.stage,
        nullif(paired.school_key, '') as school_code,
        items.*,
        paired.left_value,
        paired.right_value,
        cast(paired.left_value - paired.right_value as decimal(28, 8)) as difference,
        case
            when items.tolerance * 100 >= items.tolerance_pct * abs(paired.right_value)
                then cast(items.tolerance as decimal(28, 8))
            else {{ as_decimal(as_double('items.tolerance_pct * abs(paired.right_value)') ~ ' / 100', 28, 8) }}
        end as allowed,
        case
            when paired.left_value is null or paired.right_value is null
                then coalesce(
                    paired.undecided_reason, case when paired.left_value is null then 'left_missing' else 'right_missing' end
                )
        end as reason
    from paired
    inner join items using (item_code)
    left join one_sided using (item_code, county_code, school_year)
    where one_sided.item_code is null
    union all
    select
        one_sided.county_code,
        one_sided.school_year,
        'all' as stage,
        cast(null as {{ text_type() }}) as school_code,
        items.*,
        cast(null as decimal(28, 8)) as left_value,
        cast(null as decimal(28, 8)) as right_value,
        cast(null as decimal(28, 8)) as difference,
        cast(null as decimal(28, 8)) as allowed,
        case when one_sided.left_is_silent then 'left_not_delivered' else 'right_not_delivered' end as reason
    from one_sided
    inner join items using (item_code)
),

judged as (
    select
        *,
        case
            when left_value is null or right_value is null then 'undecided'
            when relation = '=' and abs(difference) <= allowed then 'agree'
            when relation = '<=' and difference <= allowed then 'agree'
            when relation = '>=' and -difference <= allowed then 'agree'
            else 'disagree'
        end as state
    from compared
),

final as (
    select
        judged.county_code,
        judged.school_year,
        judged.stage,
        judged.school_code,
        schools.school_name,
        judged.item_code,
        judged.name_zh,
        judged.left_source,
        left_names.label_zh as left_source_zh,
        left_names.section_zh as left_section_zh,
        judged.left_measure,
        judged.left_value,
        left_files.submission_id as left_submission_id,
        left_files.file_names as left_files,
        left_files.place_zh as left_place_zh,
        judged.relation,
        judged.right_source,
        right_names.label_zh as right_source_zh,
        right_names.section_zh as right_section_zh,
        judged.right_measure,
        judged.right_value,
        right_files.submission_id as right_submission_id,
        right_files.file_names as right_files,
        right_files.place_zh as right_place_zh,
        judged.difference,
        judged.allowed as tolerance,
        judged.state,
        judged.reason,
        judged.rule_source,
        case when judged.state = 'disagree' then judged.disagree_zh else state_labels.label_zh end as state_zh
    from judged
    inner join sides as left_names on judged.left_source = left_names.review_source
    inner join sides as right_names on judged.right_source = right_names.review_source
    {%- for side in ["left", "right"] %}
    left join files as {{ side }}_files
        on
            judged.{{ side }}_source = {{ side }}_files.review_source
            and judged.county_code = {{ side }}_files.county_code
            and judged.school_year = {{ side }}_files.school_year
            and coalesce(judged.school_code, '') = coalesce({{ side }}_files.school_code, '')
    {%- endfor %}
    left join state_labels on judged.state = state_labels.code
    left join schools
        on
            judged.county_code = schools.county_code
            and judged.school_year = schools.school_year
            and judged.school_code = schools.school_code
)

select * from final
