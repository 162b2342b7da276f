-- The limit: the seven indicators of every school, the coefficients of every county, the teachers and classes of every
-- school and stage, and the pupils of every grade, straight from bronze, as a person would write them by hand who knows that there is one submission per
-- county, one school year, no folded unit, nobody in two places, and a code and a stage on every row.
-- {school_census}, {teacher_roster}, {class_list} and so on are globs of Parquet files. Amounts are compared in DECIMAL, before any
-- division.

create table rule as
select * from (values
    ('primary', 'L1', 100, 4.2), ('primary', 'L2', 100, 1.0), ('primary', 'L3', 100, 0.9), ('primary', 'L4', 1, 4.5),
    ('primary', 'L5', 1, 7.5), ('primary', 'L6', 1, 2000.0), ('primary', 'L7', 100, 2.3),
    ('junior', 'L1', 100, 5.3), ('junior', 'L2', 100, 1.0), ('junior', 'L3', 100, 0.9), ('junior', 'L4', 1, 5.8),
    ('junior', 'L5', 1, 10.2), ('junior', 'L6', 1, 2500.0), ('junior', 'L7', 100, 2.4)
) as t (stage, indicator_code, scale, standard);

create table school_indicator as
with

school as (
    select
        county_code, school_year, school_code,
        coalesce(pupils_primary, 0) as primary_pupils,
        coalesce(pupils_junior, 0) as junior_pupils,
        cast(coalesce(pupils_primary, 0) + 1.1 * coalesce(pupils_junior, 0) + 1.32 * coalesce(pupils_senior, 0)
            as decimal(12, 2)) as weighted,
        qualified_primary, backbone_primary, pe_art_primary, qualified_junior, backbone_junior, pe_art_junior,
        cast(teaching_area_m2 - indoor_sports_area_m2 as decimal(12, 2)) as rooms,
        cast(outdoor_sports_area_m2 + indoor_sports_area_m2 as decimal(12, 2)) as sports,
        cast(equipment_value_wan_yuan * 10000 as decimal(12, 0)) as equipment,
        multimedia_rooms as multimedia
    from read_parquet('{school_census}')
    where school_kind_code <> '218' or pupils_primary >= 50
),

stages as (
    select
        county_code, school_year, school_code, 'primary' as stage, primary_pupils as pupils, 1.0 as weight, weighted,
        qualified_primary as qualified, backbone_primary as backbone, pe_art_primary as pe_art,
        rooms, sports, equipment, multimedia
    from school where primary_pupils > 0
    union all
    select
        county_code, school_year, school_code, 'junior', junior_pupils, 1.1, weighted,
        qualified_junior, backbone_junior, pe_art_junior,
        rooms, sports, equipment, multimedia
    from school where junior_pupils > 0
),

-- amount x weight on one side, base on the other: value = amount x weight x scale / base
amounts as (
    select * from (
        select
            county_code, school_year, school_code, stage, pupils,
            unnest(['L1', 'L2', 'L3', 'L4', 'L5', 'L6', 'L7']) as indicator_code,
            unnest([
                cast(qualified as decimal(16, 3)), cast(backbone as decimal(16, 3)), cast(pe_art as decimal(16, 3)),
                cast(rooms * weight as decimal(16, 3)), cast(sports * weight as decimal(16, 3)),
                cast(equipment * weight as decimal(16, 3)), cast(multimedia * weight as decimal(16, 3))
            ]) as amount,
            unnest([
                cast(pupils as decimal(12, 2)), cast(pupils as decimal(12, 2)), cast(pupils as decimal(12, 2)),
                weighted, weighted, weighted, weighted
            ]) as base
        from stages
    )
)

select
    amounts.county_code, amounts.school_year, amounts.school_code, amounts.stage, amounts.indicator_code, amounts.pupils,
    cast(amounts.amount as double) * rule.scale / cast(amounts.base as double) as value,
    case
        when amounts.amount is null then 'undecided'
        when amounts.amount * rule.scale >= rule.standard * amounts.base then 'met'
        when amounts.amount * rule.scale * 100 >= rule.standard * 85 * amounts.base then 'floor_met'
        else 'unmet'
    end as verdict
from amounts
inner join rule using (stage, indicator_code);

create table county_indicator as
with

totals as (
    select
        county_code, school_year, stage, indicator_code,
        count(*) as school_count,
        count(value) as known_school_count,
        sum(pupils) as pupils,
        sum(pupils * value) / sum(pupils) as mean
    from school_indicator
    group by all
),

spread as (
    select
        county_code, school_year, stage, indicator_code,
        sum(s.pupils * pow(s.value - totals.mean, 2)) as squares
    from school_indicator as s
    inner join totals using (county_code, school_year, stage, indicator_code)
    group by county_code, school_year, stage, indicator_code
),

measured as (
    select totals.*, sqrt(squares / pupils) / mean as coefficient
    from totals
    inner join spread using (county_code, school_year, stage, indicator_code)
)

select
    county_code, school_year, stage, indicator_code, school_count, known_school_count, pupils,
    case when school_count = known_school_count then mean end as county_mean,
    case when school_count = known_school_count then coefficient end as difference_coefficient,
    case
        when school_count > known_school_count then 'undecided'
        when coefficient <= case stage when 'primary' then 0.5 else 0.45 end * (1 + 1e-12) then 'met'
        else 'unmet'
    end as verdict
from measured;

-- of a county with the child tables of the teacher system, what they say of a person; who stands in none of one is none of it
create temporary table person as
with

system as (select distinct county_code from read_parquet('{teacher_teaching}')),

education as (
    select person, max(case degree when 'doctor' then 6 when 'master' then 5 when 'bachelor' then 4 when 'college' then 3 else 2 end)
        as degree_rank
    from read_parquet('{teacher_education}') group by person
),

certificate as (select distinct person from read_parquet('{teacher_certificate}')),

training as (
    select person from read_parquet('{teacher_training}')
    where ended // 100 between school_year - 4 and school_year
    group by person having sum(hours) >= 360
),

backbone as (select distinct person from read_parquet('{teacher_backbone}')),

exchange as (
    select distinct person from read_parquet('{teacher_exchange}')
    where kind = 'exchange' and started between school_year * 100 + 9 and (school_year + 1) * 100 + 8
),

teaching as (
    select
        person, min(stage) as stage,
        case when min(subject) = max(subject) then min(subject) = 'pe_art' end as pe_art
    from read_parquet('{teacher_teaching}') group by person
)

select
    roster.county_code, roster.school_year, roster.school_code,
    coalesce(roster.stage, teaching.stage) as stage,
    coalesce(
        case roster.degree when 'doctor' then 6 when 'master' then 5 when 'bachelor' then 4 when 'college' then 3 when 'secondary' then 2 end,
        education.degree_rank
    ) as degree_rank,
    backbone.person is not null or is_backbone = 1 as is_backbone,
    coalesce(roster.subject = 'pe_art', teaching.pe_art) as pe_art,
    case when system.county_code is not null then certificate.person is not null end as certified,
    case when system.county_code is not null then training.person is not null end as trained_360h,
    exchange_eligible = 1 as exchange_eligible,
    case when system.county_code is not null then exchange.person is not null end as exchanged
from read_parquet('{teacher_roster}') as roster
left join system using (county_code)
left join education on case when system.county_code is not null then roster.person end = education.person
left join certificate on case when system.county_code is not null then roster.person end = certificate.person
left join training on case when system.county_code is not null then roster.person end = training.person
left join backbone on case when system.county_code is not null then roster.person end = backbone.person
left join exchange on case when system.county_code is not null then roster.person end = exchange.person
left join teaching on case when system.county_code is not null then roster.person end = teaching.person
where category = 'full_time' and status = 'active';

create table teacher_stage as
select
    county_code, school_year, school_code, stage,
    count(*) as teachers,
    case when count(*) = count(degree_rank) then count(*) filter (degree_rank >= case stage when 'primary' then 3 else 4 end) end
        as above_degree,
    case when count(*) = count(is_backbone) then count(*) filter (is_backbone) end as backbone,
    case when count(*) = count(pe_art) then count(*) filter (pe_art) end as pe_art,
    case when count(*) = count(certified) then count(*) filter (certified) end as certified,
    case when count(*) = count(trained_360h) then count(*) filter (trained_360h) end as trained_360h,
    case when count(*) = count(exchange_eligible) then count(*) filter (exchange_eligible) end as exchange_eligible,
    case when count(*) = count(exchanged) then count(*) filter (exchanged) end as exchanged,
    case when count(*) = count(exchanged and is_backbone) then count(*) filter (exchanged and is_backbone) end as exchanged_backbone
from person
group by all;

create table class_stage as
with

counted as (
    select
        county_code, school_year, school_code, stage,
        count(*) = count(pupils) as is_known,
        count(*) as classes,
        sum(pupils) as pupils_in_classes,
        max(pupils) as largest_class,
        count(*) filter (pupils > case stage when 'primary' then 45 else 50 end) as classes_over_limit,
        count(*) filter (pupils <= 25) as classes_le25,
        count(*) filter (pupils between 26 and 30) as classes_26_30,
        count(*) filter (pupils between 31 and 35) as classes_31_35,
        count(*) filter (pupils between 36 and 40) as classes_36_40,
        count(*) filter (pupils between 41 and 45) as classes_41_45,
        count(*) filter (pupils between 46 and 50) as classes_46_50,
        count(*) filter (pupils between 51 and 55) as classes_51_55,
        count(*) filter (pupils between 56 and 60) as classes_56_60,
        count(*) filter (pupils between 61 and 65) as classes_61_65,
        count(*) filter (pupils >= 66) as classes_ge66
    from read_parquet('{class_list}')
    group by all
)

-- one class without its pupils leaves all of them unknown
select
    county_code, school_year, school_code, stage,
    case when is_known then columns(* exclude (county_code, school_year, school_code, stage, is_known)) end
from counted;

create table pupil_grade as
with

class as (
    select
        county_code, school_year, school_code, stage, cast(grade as integer) as grade, class_name,
        count(*) as pupils,
        count(*) = count(boarding) as is_known,
        count(*) filter (boarding = 'boarding') as boarders,
        count(*) filter (migrant = 1) as migrants,
        count(*) filter (left_behind <> 'none') as left_behind,
        count(*) filter (in_regular_class = 1) as in_regular_class
    from read_parquet('{pupil_registry}')
    group by all
)

select
    county_code, school_year, school_code, stage, grade,
    sum(pupils) as pupils,
    count(*) as classes,
    max(pupils) as largest_class,
    case when bool_and(is_known) then sum(boarders) end as boarders,
    sum(migrants) as migrants,
    sum(left_behind) as left_behind,
    sum(in_regular_class) as in_regular_class
from class
group by all;
