{%- set nearby = ["catchment", "pupils"] %}
with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

withheld_schools as (
    select * from {{ ref('int_requirement__withheld_school') }}
),

nearby_rules as (
    {{ rows_with_base('rule_nearby_schools', [], ['urban_rural_codes', 'left_out_sponsor_codes', 'leaves_out_boarding']) }}
),

-- one thing known to leave a school out is enough; for the others everything has to be known
places as (
    select
        scope.county_code,
        scope.school_year,
        scope.school_code,
        scope.ruleset_id,
        case
            when
                {{ is_listed('schools.sponsor_code', 'nearby_rules.left_out_sponsor_codes') }}
                or not {{ is_listed('schools.urban_rural_code', 'nearby_rules.urban_rural_codes') }}
                or (nearby_rules.leaves_out_boarding and schools.is_boarding = 1)
                then 'out'
            when
                schools.sponsor_code is null
                or schools.urban_rural_code is null
                or (nearby_rules.leaves_out_boarding and schools.is_boarding is null)
                then 'unknown'
            else 'in'
        end as place
    from scope
    inner join schools using (county_code, school_year, school_code)
    inner join nearby_rules using (ruleset_id)
),

amounts as (
    select
        scope.county_code,
        scope.school_year,
        scope.school_code,
        scope.ruleset_id,
        schools.school_name,
        {%- for figure in teacher_figures() %}
        {%- for stage in compulsory_stages() %}
        -- a stage without pupils may have no cells; what it has counts
        {{ "+ " if not loop.first }}case
            when schools.pupils_{{ stage }} = 0 then coalesce(schools.{{ figure }}_{{ stage }}, 0)
            else schools.{{ figure }}_{{ stage }}
        end
        {%- endfor %} as {{ figure }},
        {%- endfor %}
        {%- for stage in compulsory_stages() %}
        schools.pupils_{{ stage }},
        schools.catchment_{{ stage }},
        {%- endfor %}
        places.place
    from scope
    inner join schools using (county_code, school_year, school_code)
    left join places using (county_code, school_year, school_code, ruleset_id)
),

-- one row for each school and figure; a school that only a refused file holds has unknown ones
final as (
    {%- for figure in teacher_figures() %}
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        school_name,
        '{{ figure }}' as item,
        cast({{ figure }} as decimal(28, 8)) as amount
    from amounts
    union all
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        label as school_name,
        '{{ figure }}' as item,
        cast(null as decimal(28, 8)) as amount
    from withheld_schools
    union all
    {%- endfor %}
    {%- for stage in compulsory_stages() %}
    {%- set outer = loop %}
    {%- for figure in nearby %}
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        school_name,
        'nearby_{{ figure }}_{{ stage }}' as item,
        -- whether its pupils have to live near is not known of every school
        cast(case when place = 'in' then {{ figure }}_{{ stage }} end as decimal(28, 8)) as amount
    from amounts
    where place <> 'out' and (pupils_{{ stage }} is null or pupils_{{ stage }} > 0)
    union all
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        label as school_name,
        'nearby_{{ figure }}_{{ stage }}' as item,
        cast(null as decimal(28, 8)) as amount
    from withheld_schools
    where has_{{ stage }}
    {{ "union all" if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- endfor %}
)

select * from final
