-- what the child tables say of a person, or by their silence; null where a table is missing or holds nobody of the roster
{%- set children = ["education", "certificate", "training", "backbone", "exchange", "teaching"] %}
{#- Child table → what it says of each person, and the fact. -#}
{%- set facts = {"certificate": ("certificates", "certified"), "training": ("trainings", "trained_360h"),
    "backbone": ("backbones", "is_backbone"), "exchange": ("exchanges", "exchanged")} %}
{%- set counts = "floor(coalesce(training_year, ended) / 100) between school_year - training_years + 1 and school_year" %}
{%- set person = ["county_code", "school_year", "person"] %}
with

rows_in_force as (
    select * from {{ ref('int_roster__row_in_force') }}
),

coverage as (
    select * from {{ ref('int_ledger__coverage_in_force') }}
),

left_out_rows as (
    select * from {{ ref('int_ledger__left_out_row') }}
),

settings as (
    select
        max(case when setting = 'training_hours' then value end) as training_hours,
        max(case when setting = 'training_years' then value end) as training_years
    from {{ ref('figure_settings') }}
),

{% for child in children %}
{{ child }}_rows as (
    {{ source_rows_in_force('stg_roster__' ~ child, 'teacher_' ~ child) }}
),

{{ child }}_persons as (
    select distinct  -- one row of the roster and several of the table
        county_code,
        school_year,
        person
    from {{ child }}_rows
    inner join rows_in_force using (county_code, school_year, person)
),

-- a table of other persons, or one hashed under another key, is no table of these
{{ child }}_counties as (
    select distinct
        county_code,
        school_year
    from {{ child }}_persons
),

-- a row given up may have been anybody's: whoever has no other is unknown
{{ child }}_gaps as (
    select distinct
        coverage.county_code,
        coverage.school_year
    from coverage
    inner join left_out_rows using (submission_id)
    where coverage.source = 'teacher_{{ child }}'
),
{% endfor %}

degrees as (
    select
        {{ person | join(", ") }},
        max({{ degree_rank('degree') }}) as degree_rank
    from education_rows
    group by {{ person | join(", ") }}
),

certificates as (
    select distinct
        {{ person | join(", ") }},
        true as certified
    from certificate_rows
),

-- so many years with the one in which the school year starts; the two shapes of the table tell of the same training
hours_by_shape as (
    select
        {{ person | join(", ") }},
        contract,
        max(training_hours) as training_hours,
        coalesce(sum(hours) filter (where {{ counts }}), 0) as hours,
        bool_or(coalesce(training_year, ended) is null or (hours is null and {{ counts }})) as some_unknown
    from training_rows
    cross join settings
    group by {{ person | join(", ") }}, contract
),

trainings as (
    select
        {{ person | join(", ") }},
        case when max(hours) >= max(training_hours) then true when not bool_or(some_unknown) then false end as trained_360h
    from hours_by_shape
    group by {{ person | join(", ") }}
),

backbones as (
    select
        {{ person | join(", ") }},
        case
            when bool_or(level in ('national', 'provincial', 'prefecture', 'county')) then true
            when count(*) = count(level) then false
        end as is_backbone
    from backbone_rows
    group by {{ person | join(", ") }}
),

-- exchanges that start in the school year, 1 September to 31 August; a year alone does not say which school year
exchanges as (
    select
        {{ person | join(", ") }},
        case
            when
                bool_or(
                    kind = 'exchange' and mod(started, 100) > 0
                    and started between school_year * 100 + 9 and (school_year + 1) * 100 + 8
                )
                then true
            when not bool_or(
                coalesce(kind, 'exchange') = 'exchange' and (kind is not null or started is not null)
                and (
                    started is null or started in (school_year * 100, (school_year + 1) * 100)
                    or (kind is null and started between school_year * 100 + 9 and (school_year + 1) * 100 + 8)
                )
            ) then false
        end as exchanged
    from exchange_rows
    group by {{ person | join(", ") }}
),

-- a teacher of other subjects who takes a lesson of physical education or arts as well: not known where the census counts
teachings as (
    select
        {{ person | join(", ") }},
        case
            when bool_or(subject = 'pe_art') and bool_or(subject = 'other') then null
            when bool_or(subject = 'pe_art') then true
            when count(subject) > 0 then false
        end as teaches_pe_art,
        case when count(distinct stage) = 1 then min(stage) end as taught_stage
    from teaching_rows
    group by {{ person | join(", ") }}
),

-- whom a table names; and nobody by name, who stands for the others of the county's roster
persons as (
    {%- for child in children %}
    select
        county_code,
        school_year,
        person
    from {{ child }}_persons
    union distinct
    {%- endfor %}
    select
        county_code,
        school_year,
        cast(null as {{ text_type() }}) as person
    from rows_in_force
),

final as (
    select
        persons.county_code,
        persons.school_year,
        persons.person,
        case when education_gaps.county_code is null then degrees.degree_rank end as degree_rank,
        {%- for child, (relation, fact) in facts.items() %}
        case
            when {{ child }}_counties.county_code is null then null
            when {{ relation }}.{{ fact }} then true
            when {{ child }}_gaps.county_code is null then {{ relation }}.person is not null and {{ relation }}.{{ fact }}
        end as {{ fact }},
        {%- endfor %}
        case when teaching_gaps.county_code is null then teachings.teaches_pe_art end as teaches_pe_art,
        case when teaching_gaps.county_code is null then teachings.taught_stage end as taught_stage
    from persons
    left join degrees using ({{ person | join(", ") }})
    left join certificates using ({{ person | join(", ") }})
    left join trainings using ({{ person | join(", ") }})
    left join backbones using ({{ person | join(", ") }})
    left join exchanges using ({{ person | join(", ") }})
    left join teachings using ({{ person | join(", ") }})
    {%- for child in facts %}
    left join {{ child }}_counties using (county_code, school_year)
    {%- endfor %}
    {%- for child in children %}
    left join {{ child }}_gaps using (county_code, school_year)
    {%- endfor %}
)

select * from final
