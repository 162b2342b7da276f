with

schools as (
    select * from {{ ref('int_balance__school') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

relaxations as (
    select * from {{ ref('int_rules__relaxation') }}
),

urban_rural_areas as (
    select * from {{ ref('urban_rural_areas') }}
),

-- what the conditions speak of, of the whole school and of each of its stages; null is unknown
described as (
    select
        schools.county_code,
        schools.school_year,
        urban_rural_areas.area = 'rural' as is_rural,
        schools.is_dense_centre = 1 as is_dense_centre,
        schools.built_year,
        schools.migrant_pupils,
        schools.pupils_primary,
        schools.pupils_junior,
        schools.pupils_primary + schools.pupils_junior as compulsory_pupils,
        schools.pupils_primary + schools.pupils_junior + schools.pupils_senior as pupils,
        -- without pupils there is no class, whatever the cell says
        {%- for stage in ["primary", "junior"] %}
        case
            when schools.pupils_{{ stage }} = 0 then 0
            else schools.largest_class_{{ stage }}
        end as largest_class_{{ stage }},
        {%- endfor %}
        schools.school_code
    from schools
    left join urban_rural_areas using (urban_rural_code)
),

stages as (
    select
        county_code,
        school_year,
        school_code,
        is_rural,
        is_dense_centre,
        built_year,
        migrant_pupils,
        compulsory_pupils,
        pupils,
        'all' as stage,
        case
            when largest_class_primary is not null and largest_class_junior is not null
                then greatest(largest_class_primary, largest_class_junior)
        end as largest_class
    from described
    -- unknown pupils are there
    where pupils_primary is null or pupils_primary > 0 or pupils_junior is null or pupils_junior > 0
    {%- for stage in ["primary", "junior"] %}
    union all
    select
        county_code,
        school_year,
        school_code,
        is_rural,
        is_dense_centre,
        built_year,
        migrant_pupils,
        compulsory_pupils,
        pupils,
        '{{ stage }}' as stage,
        largest_class_{{ stage }} as largest_class
    from described
    where pupils_{{ stage }} is null or pupils_{{ stage }} > 0
    {%- endfor %}
),

-- a condition that is not known to hold does not: the comparison with an unknown figure is null
final as (
    select
        stages.county_code,
        stages.school_year,
        stages.school_code,
        relaxations.ruleset_id,
        relaxations.relaxation_code,
        relaxations.target,
        relaxations.stage,
        relaxations.limit_value,
        relaxations.art_limit_value
    from relaxations
    inner join stages using (stage)
    inner join county_rulesets
        on
            stages.county_code = county_rulesets.county_code
            and stages.school_year = county_rulesets.school_year
            and relaxations.ruleset_id = county_rulesets.ruleset_id
    where
        county_rulesets.is_selected
        and stages.school_year >= relaxations.valid_from_year
        and stages.school_year <= coalesce(relaxations.valid_to_year, 9999)
        and (not relaxations.rural_only or stages.is_rural)
        and (not relaxations.dense_centre_only or stages.is_dense_centre)
        and (relaxations.pupils_from is null or stages.pupils >= relaxations.pupils_from)
        and (relaxations.pupils_below is null or stages.pupils < relaxations.pupils_below)
        and (relaxations.largest_class_below is null or stages.largest_class < relaxations.largest_class_below)
        and (relaxations.built_by_year is null or stages.built_year <= relaxations.built_by_year)
        and (
            relaxations.migrant_share_above is null
            or stages.migrant_pupils > relaxations.migrant_share_above * stages.compulsory_pupils
        )
)

select * from final
