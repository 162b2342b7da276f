with

tests as (
    select * from {{ ref('fct_assessment_between_school') }}
),

critical_values as (
    select * from {{ ref('t_critical_values') }}
),

-- the point of very many degrees of freedom
apart as (
    select min(critical_value) as deviations
    from critical_values
),

-- sampling error of a correlation within groups (Fisher): 2 (1 - r)^2 (1 + (n - 1) r)^2 / (n (n - 1) (k - 1))
estimated as (
    select
        *,
        2 * {{ squared('1 - ' ~ as_double('intraclass_correlation')) }}
        * {{ squared('1 + (' ~ as_double('effective_school_size') ~ ' - 1) * ' ~ as_double('intraclass_correlation')) }}
        / nullif(
            {{ as_double('effective_school_size') }} * ({{ as_double('effective_school_size') }} - 1)
            * {{ as_double('n_schools - 1') }},
            0
        ) as squared_error
    from tests
    where intraclass_correlation is not null
),

-- the last test of an earlier year in the same grade and subject
pairs as (
    select
        estimated.*,
        earlier.school_year as previous_school_year,
        earlier.assessment as previous_assessment,
        earlier.intraclass_correlation as previous_correlation,
        earlier.squared_error as previous_squared_error,
        row_number() over (
            partition by estimated.county_code, estimated.school_year, estimated.assessment, estimated.grade, estimated.subject
            order by earlier.school_year desc, earlier.assessment desc
        ) as place
    from estimated
    inner join estimated as earlier
        on
            estimated.county_code = earlier.county_code
            and estimated.grade = earlier.grade
            and estimated.subject = earlier.subject
            and estimated.school_year > earlier.school_year
),

compared as (
    select
        pairs.*,
        pairs.intraclass_correlation - pairs.previous_correlation as correlation_change,
        abs({{ as_double('pairs.intraclass_correlation') }} - {{ as_double('pairs.previous_correlation') }})
        > {{ as_double('apart.deviations') }} * sqrt(pairs.squared_error + pairs.previous_squared_error) as is_distinguishable
    from pairs
    cross join apart
    where pairs.place = 1
),

final as (
    select
        compared.county_code,
        compared.school_year,
        compared.assessment,
        compared.grade,
        compared.subject,
        compared.previous_school_year,
        compared.previous_assessment,
        compared.intraclass_correlation,
        {{ as_decimal('sqrt(compared.squared_error)', 18, 12) }} as correlation_error,
        compared.previous_correlation,
        {{ as_decimal('sqrt(compared.previous_squared_error)', 18, 12) }} as previous_error,
        cast(compared.correlation_change as decimal(18, 12)) as correlation_change,
        compared.is_distinguishable,
        case
            when compared.is_distinguishable and compared.correlation_change > 0 then 'wider'
            when compared.is_distinguishable then 'narrower'
            else 'unclear'
        end as direction,
        compared.estimate_label_zh
    from compared
)

select * from final
