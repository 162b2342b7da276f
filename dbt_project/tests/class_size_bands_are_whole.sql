-- What: a band of class sizes that no model counts, a counted band that the seed lacks, or a size in no band or in two.
-- Why: classes would be left out of the bands, or counted twice, without a word.
-- How to resolve: make seeds/codes/class_size_bands.csv and macros/class_sizes.sql name the same bands, without gap or overlap.
with

bands as (
    select * from {{ ref('class_size_bands') }}
),

counted as (
    {%- for band in class_size_bands() %}
    select '{{ band }}' as band
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

followed as (
    select
        band,
        lower_pupils,
        upper_pupils,
        lag(upper_pupils, 1, -1) over (order by lower_pupils) as upper_before,
        lead(lower_pupils) over (order by lower_pupils) as lower_after
    from bands
)

select band
from followed
where lower_pupils is distinct from upper_before + 1 or (upper_pupils is null) <> (lower_after is null)
union all
select coalesce(bands.band, counted.band) as band
from bands
full outer join counted using (band)
where bands.band is null or counted.band is null
