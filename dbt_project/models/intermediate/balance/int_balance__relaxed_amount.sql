with

relaxations as (
    select * from {{ ref('int_balance__relaxation') }}
),

terms as (
    select * from {{ ref('int_rules__relaxation_term') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

added_items as (
    select
        relaxations.county_code,
        relaxations.school_year,
        relaxations.school_code,
        relaxations.ruleset_id,
        relaxations.target as indicator_code,
        relaxations.relaxation_code,
        terms.stage,
        terms.factor,
        case terms.item
            {%- for item in rule_items() %}
            when '{{ item }}' then schools.{{ item }}
            {%- endfor %}
        end as amount
    from relaxations
    inner join terms
        on
            relaxations.ruleset_id = terms.ruleset_id
            and relaxations.relaxation_code = terms.relaxation_code
            and (relaxations.stage = 'all' or relaxations.stage = terms.stage)
    inner join schools
        on
            relaxations.county_code = schools.county_code
            and relaxations.school_year = schools.school_year
            and relaxations.school_code = schools.school_code
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        indicator_code,
        stage,
        {{ distinct_texts('relaxation_code', '、') }} as relaxation_code,  -- once, of however many items
        -- what is not shown adds nothing: an exception never rests on an empty cell
        cast(coalesce(sum(factor * amount), 0) as decimal(34, 4)) as added_amount
    from added_items
    group by county_code, school_year, school_code, ruleset_id, indicator_code, stage
)

select * from final
