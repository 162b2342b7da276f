{#- Items that another source counts too: stage → item of the census → measure of the roster. -#}
{%- set counted = {"qualified": "above_degree", "backbone": "backbone", "pe_art": "pe_art"} %}
with

figures as (
    select * from {{ ref('int_declared__figure') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

reported as (
    select * from {{ ref('int_census__reported_school') }}
),

corrections as (
    select * from {{ ref('int_census__correction') }}
),

census_rows as (
    select * from {{ ref('stg_census__school') }}
),

rows_in_force as (
    select * from {{ ref('int_census__row_in_force') }}
),

deliveries as (
    select * from {{ ref('int_ledger__delivery') }}
),

roster as (
    select * from {{ ref('int_roster__school_stage') }}
),

registry as (
    select * from {{ ref('int_pupils__school_grade') }}
),

-- the years that are declared, and the ones before
declared_years as (
    select distinct
        county_code,
        school_year
    from figures
    union
    select distinct
        county_code,
        school_year - 1 as school_year
    from figures
),

present as (
    select schools.*
    from schools
    inner join declared_years using (county_code, school_year)
),

corrected_schools as (
    select distinct  -- a school has a row for each of its corrections
        county_code,
        school_year,
        school_code
    from corrections
    where state = 'applied'
),

-- the latest row of each school that another file gives and that is not in force
other_rows as (
    select
        census_rows.*,
        row_number() over (
            partition by census_rows.county_code, census_rows.school_year, census_rows.school_code
            order by deliveries.delivery_night desc, census_rows.submission_id asc, census_rows.row_number asc
        ) as place
    from census_rows
    inner join declared_years using (county_code, school_year)
    inner join deliveries using (submission_id)
    left join rows_in_force using (submission_id, county_code, school_year, school_code)
    where rows_in_force.submission_id is null
),

roster_counts as (
    select
        county_code,
        school_year,
        {%- for stage in compulsory_stages() %}
        {%- for item, measure in counted.items() %}
        max(case when stage = '{{ stage }}' then {{ measure }} end) as {{ item }}_{{ stage }},
        {%- endfor %}
        {%- endfor %}
        school_code
    from roster
    group by county_code, school_year, school_code
),

registry_counts as (
    select
        county_code,
        school_year,
        {%- for stage in compulsory_stages() %}
        sum(case when stage = '{{ stage }}' then pupils end) as pupils_{{ stage }},
        {%- endfor %}
        school_code
    from registry
    group by county_code, school_year, school_code
    having count(*) = count(pupils)
),

final as (
    select
        'computed' as bridge,
        county_code,
        school_year,
        {%- for item in pupil_stages() %}
        pupils_{{ item }},
        {%- endfor %}
        {%- for item in rule_items() %}
        {{ item }},
        {%- endfor %}
        school_code
    from present
    union all
    select
        'indoor' as bridge,
        county_code,
        school_year,
        {%- for item in pupil_stages() %}
        pupils_{{ item }},
        {%- endfor %}
        {%- for item in rule_items() %}
        {{ "0 as " if item == "indoor_sports_area_m2" }}{{ item }},
        {%- endfor %}
        school_code
    from present
    where indoor_sports_area_m2 > 0
    union all
    select
        'roster' as bridge,
        present.county_code,
        present.school_year,
        {%- for item in pupil_stages() %}
        present.pupils_{{ item }},
        {%- endfor %}
        {%- for item in rule_items() %}
        {%- if item.rsplit("_", 1)[0] in counted and item.rsplit("_", 1)[1] in compulsory_stages() %}
        coalesce(roster_counts.{{ item }}, present.{{ item }}) as {{ item }},
        {%- else %}
        present.{{ item }},
        {%- endif %}
        {%- endfor %}
        present.school_code
    from present
    inner join roster_counts using (county_code, school_year, school_code)
    union all
    select
        'registry' as bridge,
        present.county_code,
        present.school_year,
        {%- for item in pupil_stages() %}
        {%- if item in compulsory_stages() %}
        coalesce(registry_counts.pupils_{{ item }}, present.pupils_{{ item }}) as pupils_{{ item }},
        {%- else %}
        present.pupils_{{ item }},
        {%- endif %}
        {%- endfor %}
        {%- for item in rule_items() %}
        present.{{ item }},
        {%- endfor %}
        present.school_code
    from present
    inner join registry_counts using (county_code, school_year, school_code)
    union all
    select
        'uncorrected' as bridge,
        reported.county_code,
        reported.school_year,
        {%- for item in pupil_stages() %}
        reported.pupils_{{ item }},
        {%- endfor %}
        {%- for item in rule_items() %}
        reported.{{ item }},
        {%- endfor %}
        reported.school_code
    from reported
    inner join corrected_schools using (county_code, school_year, school_code)
    inner join declared_years using (county_code, school_year)
    union all
    select
        'other_submission' as bridge,
        county_code,
        school_year,
        {%- for item in pupil_stages() %}
        pupils_{{ item }},
        {%- endfor %}
        {%- for item in rule_items() %}
        {{ item }},
        {%- endfor %}
        school_code
    from other_rows
    where place = 1
)

select * from final
