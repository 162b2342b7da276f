with

schools as (
    select * from {{ ref('int_balance__school') }}
),

county_rulesets as (
    select * from {{ ref('int_rules__county_ruleset') }}
),

relaxations as (
    select * from {{ ref('rule_relaxations') }}
),

-- every condition that is given must be known to hold: null where it is not
conditions as (
    select
        schools.county_code,
        schools.school_year,
        schools.school_code,
        relaxations.*,
        case when not relaxations.rural_only then true else starts_with(schools.urban_rural_code, '2') end as place_holds,
        case when not relaxations.dense_centre_only then true else schools.is_dense_centre = 1 end as centre_holds,
        schools.pupils_primary + schools.pupils_junior as pupils,
        case relaxations.stage
            when 'primary' then schools.largest_class_primary
            when 'junior' then schools.largest_class_junior
        end as largest_class,
        schools.built_year,
        schools.migrant_pupils
    from schools
    inner join county_rulesets using (county_code, school_year)
    inner join relaxations
        on
            county_rulesets.ruleset_id = relaxations.ruleset_id
            and schools.school_year >= relaxations.valid_from_year
            and schools.school_year <= coalesce(relaxations.valid_to_year, 9999)
    where county_rulesets.is_selected
),

final as (
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        relaxation_code,
        target,
        stage,
        limit_value,
        art_limit_value
    from conditions
    where
        place_holds
        and centre_holds
        and (pupils_from is null or pupils >= pupils_from)
        and (pupils_below is null or pupils < pupils_below)
        and (largest_class_below is null or largest_class < largest_class_below)
        and (built_by_year is null or built_year <= built_by_year)
        and (migrant_share_above is null or migrant_pupils > migrant_share_above * pupils)
)

select * from final
