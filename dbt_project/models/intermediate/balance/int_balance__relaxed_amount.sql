with

relaxations as (
    select * from {{ ref('int_balance__relaxation') }}
),

terms as (
    select * from {{ ref('int_rules__relaxation_term') }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

leases as (
    select * from {{ ref('int_venues__lease') }}
),

listed_years as (
    select distinct
        county_code,
        school_year
    from {{ ref('int_venues__use') }}
),

-- what leases in force show, of venues that are near enough; what is not known to hold shows nothing
shown as (
    select
        leases.county_code,
        leases.school_year,
        leases.counted_school_code as school_code,
        terms.ruleset_id,
        terms.relaxation_code,
        terms.stage,
        terms.item,
        sum(leases.area_m2) as area_m2
    from terms
    inner join leases on terms.walk_minutes_up_to >= leases.walk_minutes
    where leases.is_counted and leases.lease_state = 'in_force'
    group by
        leases.county_code,
        leases.school_year,
        leases.counted_school_code,
        terms.ruleset_id,
        terms.relaxation_code,
        terms.stage,
        terms.item
),

stated_items as (
    select
        relaxations.county_code,
        relaxations.school_year,
        relaxations.school_code,
        relaxations.ruleset_id,
        relaxations.target as indicator_code,
        relaxations.relaxation_code,
        terms.stage,
        terms.item,
        terms.factor,
        terms.walk_minutes_up_to is not null as is_leased,
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

added_items as (
    select
        stated_items.county_code,
        stated_items.school_year,
        stated_items.school_code,
        stated_items.ruleset_id,
        stated_items.indicator_code,
        stated_items.relaxation_code,
        stated_items.stage,
        stated_items.factor,
        case
            when
                stated_items.is_leased
                and (settings.value = 'required' or (settings.value = 'listed' and listed_years.school_year is not null))
                and stated_items.amount > coalesce(shown.area_m2, 0)
                then coalesce(shown.area_m2, 0)
            else stated_items.amount
        end as amount
    from stated_items
    left join settings on stated_items.ruleset_id = settings.ruleset_id and settings.setting = 'lease_evidence'
    left join listed_years
        on stated_items.county_code = listed_years.county_code and stated_items.school_year = listed_years.school_year
    left join shown
        on
            stated_items.county_code = shown.county_code
            and stated_items.school_year = shown.school_year
            and stated_items.school_code = shown.school_code
            and stated_items.ruleset_id = shown.ruleset_id
            and stated_items.relaxation_code = shown.relaxation_code
            and stated_items.stage = shown.stage
            and stated_items.item = shown.item
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
