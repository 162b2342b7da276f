{%- set lines = form_indicator_lines("II-2") %}
with

school_indicators as (
    select * from {{ ref('fct_school_indicator') }}
),

school_verdicts as (
    select * from {{ ref('fct_school_verdict') }}
),

schools as (
    select * from {{ ref('dim_school') }}
),

kinds as (
    select * from {{ ref('school_kinds') }}
),

figures as (
    select * from {{ ref('int_balance__school') }}
),

-- each indicator with the column of this form that holds it: the remark names columns
in_columns as (
    select
        *,
        case indicator_code
            {%- for line, indicator in lines.items() %}
            when '{{ indicator }}' then '{{ line | upper }}'
            {%- endfor %}
        end as form_column
    from school_indicators
    where
        indicator_code in (
            {%- for indicator in lines.values() %}
            '{{ indicator }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
),

-- one row per school and stage; a rule set without these indicators has none
values_given as (
    select
        county_code,
        school_year,
        ruleset_id,
        stage,
        school_code,
        max(pupils) as pupils,
        {%- for line, indicator in lines.items() %}
        cast(max(case when indicator_code = '{{ indicator }}' then value_rounded end) as decimal(24, 2)) as {{ line }},
        {%- endfor %}
        {%- for verdict in ["met", "floor_met", "unmet", "undecided"] %}
        count(case when verdict = '{{ verdict }}' then 1 end) as n_{{ verdict }},
        {{ joined_text("case when verdict = '" ~ verdict ~ "' then form_column end", '、', 'indicator_code') }}
            as {{ verdict }}_list,
        {%- endfor %}
        {{ joined_text("case when relaxation_code is not null then form_column end", '、', 'indicator_code') }} as relaxed_list
    from in_columns
    group by county_code, school_year, ruleset_id, stage, school_code
),

noted as (
    select
        *,
        nullif(
            concat_ws(
                '；',
                nullif(
                    concat_ws(
                        '，',
                        {{ sentence('indicators_met', count='cast(n_met as ' ~ text_type() ~ ')', list='met_list') }},
                        {{ sentence(
                            'indicators_at_floor', count='cast(n_floor_met as ' ~ text_type() ~ ')', list='floor_met_list'
                        ) }},
                        {{ sentence('indicators_unmet', count='cast(n_unmet as ' ~ text_type() ~ ')', list='unmet_list') }}
                    ),
                    ''
                ),
                {{ sentence('indicators_undecided', count='cast(n_undecided as ' ~ text_type() ~ ')', list='undecided_list') }},
                {{ sentence('indicators_relaxed', list='relaxed_list') }}
            ),
            ''
        ) as note_zh
    from values_given
),

final as (
    select
        noted.county_code,
        noted.school_year,
        {{ first_day_of_school_year('noted.school_year') }} as school_year_start,
        noted.ruleset_id,
        noted.stage,
        cast(
            row_number() over (
                partition by noted.county_code, noted.school_year, noted.ruleset_id, noted.stage
                order by schools.display_order nulls last, noted.school_code
            ) as integer
        ) as sequence,
        noted.school_code,
        schools.school_name,
        kinds.name_zh as school_kind_zh,
        schools.sponsor_code,
        schools.urban_rural_code,
        noted.pupils,
        {{ printed_or_undecided('noted.pupils', 0) }} as pupils_text,
        {%- for item in ["grades", "classes"] %}
        cast(
            case noted.stage
                {%- for stage in compulsory_stages() %}
                when '{{ stage }}' then figures.{{ item }}_{{ stage }}
                {%- endfor %}
            end as integer
        ) as {{ item }},
        {%- endfor %}
        {%- for line in lines %}
        noted.{{ line }} as {{ line }}_value,
        {{ printed_or_undecided('noted.' ~ line, 2) }} as {{ line }}_text,
        {%- endfor %}
        school_verdicts.verdict,
        noted.note_zh
    from noted
    inner join schools using (county_code, school_year, school_code)
    left join figures using (county_code, school_year, school_code)
    left join kinds on schools.school_kind_code = kinds.kind_code
    left join school_verdicts using (county_code, school_year, ruleset_id, stage, school_code)
)

select * from final
