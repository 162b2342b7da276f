with

rules as (
    select * from {{ ref('authenticity_rules') }}
),

census as (
    select * from {{ ref('int_review__census') }}
),

measures as (
    select * from {{ ref('int_review__measure') }}
),

review_items as (
    select * from {{ ref('review_items') }}
),

final as (
    select
        'jump' as rule_code,
        here.county_code,
        here.school_year,
        here.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        here.stage,
        review_items.name_zh as subject_zh,
        {{ as_decimal(as_double('abs(here.value - before.value) * 100') ~ ' / ' ~ as_double('before.value'), 28, 4) }}
            as observed,
        rules.threshold as compared_with,
        {{ sentence('changed_since_last_year', before=number_text('before.value'), now=number_text('here.value')) }}
            as evidence_zh
    from census as here
    inner join measures as before
        on
            here.county_code = before.county_code
            and here.school_year = before.school_year
            and here.school_code = before.school_code
            and here.stage = before.stage
            and here.measure = before.measure
            and before.source = 'last_year'
    inner join review_items on here.measure = review_items.right_measure and review_items.right_source = 'last_year'
    inner join rules on rules.rule_code = 'jump'
    -- a change of a few in a small school is none
    where
        before.value > 0
        and abs(here.value - before.value) >= rules.min_count
        and abs(here.value - before.value) * 100 > rules.threshold * before.value
)

select * from final
