with

rules as (
    select * from {{ ref('authenticity_rules') }}
),

census as (
    select * from {{ ref('int_review__census') }}
),

ratios as (
    select * from {{ ref('authenticity_ratios') }}
),

final as (
    select
        'impossible' as rule_code,
        above.county_code,
        above.school_year,
        above.school_code,
        cast(null as {{ text_type() }}) as other_school_code,
        above.stage,
        ratios.name_zh as subject_zh,
        {{ as_decimal(
            "case when above.value > ratios.most * below.value then "
            ~ as_double('above.value') ~ " / " ~ as_double('ratios.most * below.value')
            ~ " else " ~ as_double('ratios.least * below.value') ~ " / " ~ as_double('nullif(above.value, 0)') ~ " end", 28, 4
        ) }} as observed,
        rules.threshold as compared_with,
        {{ sentence(
            'ratio_outside', above=number_text('above.value'), below=number_text('below.value'),
            least=number_text('ratios.least'), most=number_text('ratios.most')
        ) }} as evidence_zh
    from ratios
    inner join census as above on ratios.numerator = above.measure
    inner join census as below
        on
            ratios.denominator = below.measure
            and above.county_code = below.county_code
            and above.school_year = below.school_year
            and above.school_code = below.school_code
            and above.stage = below.stage
    inner join rules on rules.rule_code = 'impossible'
    where
        below.value > 0
        and (above.value > ratios.most * below.value or (above.value < ratios.least * below.value and above.value > 0))
)

select * from final
