{%- set kinds = {"music": ("a", sentence('music_room'), "limit_value"), "art": ("b", sentence('art_room'), "art_limit_value")} %}
with

scope as (
    select * from {{ ref('int_requirement__scope') }}
),

schools as (
    select * from {{ ref('int_balance__school') }}
),

relaxations as (
    select * from {{ ref('int_balance__relaxation') }}
),

room_rules as (
    {{ rows_with_base('rule_rooms', [], ['classes_per_room', 'music_area_m2', 'art_area_m2']) }}
),

settings as (
    select * from {{ ref('int_rules__setting') }}
),

needs as (
    select
        scope.county_code,
        scope.school_year,
        scope.school_code,
        scope.ruleset_id,
        room_rules.classes_per_room,
        room_rules.music_area_m2,
        room_rules.art_area_m2,
        coalesce(room_reading.value, 'each') as room_reading,  -- the rule's own words
        {%- for stage in compulsory_stages() %}
        schools.pupils_{{ stage }} is null or schools.pupils_{{ stage }} > 0 as has_{{ stage }},
        {%- endfor %}
        cast(
            {%- for stage in compulsory_stages() %}
            -- no classes without pupils
            case
                when schools.pupils_{{ stage }} = 0 then coalesce(schools.classes_{{ stage }}, 0)
                else schools.classes_{{ stage }}
            end +
            {%- endfor %}
            case when room_classes.value = 'all' then schools.classes_senior else 0 end as bigint
        ) as classes
    from scope
    inner join schools using (county_code, school_year, school_code)
    inner join room_rules using (ruleset_id)
    left join settings as room_reading on scope.ruleset_id = room_reading.ruleset_id and room_reading.setting = 'room_reading'
    left join settings as room_classes on scope.ruleset_id = room_classes.ruleset_id and room_classes.setting = 'room_classes'
),

school_stages as (
    {%- for stage in compulsory_stages() %}
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        '{{ stage }}' as stage
    from needs
    where has_{{ stage }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- a relaxation by stage holds for a school when it holds for each of its stages, and then with the larger area
eased as (
    select
        school_stages.county_code,
        school_stages.school_year,
        school_stages.school_code,
        school_stages.ruleset_id,
        relaxations.relaxation_code,
        max(relaxations.limit_value) as limit_value,
        max(relaxations.art_limit_value) as art_limit_value
    from school_stages
    inner join relaxations
        on
            school_stages.county_code = relaxations.county_code
            and school_stages.school_year = relaxations.school_year
            and school_stages.school_code = relaxations.school_code
            and school_stages.ruleset_id = relaxations.ruleset_id
            and relaxations.target = 'G3'
            and relaxations.stage in (school_stages.stage, 'all')
    group by
        school_stages.county_code,
        school_stages.school_year,
        school_stages.school_code,
        school_stages.ruleset_id,
        relaxations.relaxation_code
    having
        count(relaxations.relaxation_code) = (
            select count(*)
            from school_stages as own
            where
                own.county_code = school_stages.county_code
                and own.school_year = school_stages.school_year
                and own.school_code = school_stages.school_code
                and own.ruleset_id = school_stages.ruleset_id
        )
),

-- of several, the one with the smallest room
eased_kinds as (
    {%- for kind, (part, label, limit) in kinds.items() %}
    select
        county_code,
        school_year,
        school_code,
        ruleset_id,
        '{{ kind }}' as room_kind,
        relaxation_code,
        {{ limit }} as area_m2,
        row_number() over (
            partition by county_code, school_year, school_code, ruleset_id
            order by {{ limit }}, relaxation_code
        ) as preference
    from eased
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    {%- for kind, (part, label, limit) in kinds.items() %}
    select
        needs.county_code,
        needs.school_year,
        needs.school_code,
        needs.ruleset_id,
        needs.room_reading,
        '{{ kind }}' as room_kind,
        '{{ part }}' as part,
        {{ label }} as room_label,
        {{ ceiling_quotient(as_whole('needs.classes'), as_whole('needs.classes_per_room')) }} as needed,
        needs.{{ kind }}_area_m2 as area_m2,
        least(needs.{{ kind }}_area_m2, eased_kinds.area_m2) as relaxed_area_m2,
        eased_kinds.relaxation_code
    from needs
    left join eased_kinds
        on
            needs.county_code = eased_kinds.county_code
            and needs.school_year = eased_kinds.school_year
            and needs.school_code = eased_kinds.school_code
            and needs.ruleset_id = eased_kinds.ruleset_id
            and eased_kinds.room_kind = '{{ kind }}'
            and eased_kinds.preference = 1
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from final
