-- What: there are issues, and the calendar has no day of the year of the last night.
-- Why: then Saturdays and Sundays alone count as days off, and whoever is given a deadline in a holiday is overdue too early.
-- How to resolve: add the days off and the working weekends of the year to seeds/issues/issue_calendar.csv.
{{ config(severity='warn') }}
with

today as (
    select max(as_of) as as_of
    from {{ ref('stg_run__night') }}
),

known_years as (
    select distinct extract(year from calendar_date) as calendar_year
    from {{ ref('issue_calendar') }}
)

select today.as_of
from today
left join known_years on extract(year from today.as_of) = known_years.calendar_year
where
    known_years.calendar_year is null
    and exists (select 1 from {{ ref('fct_issue') }})
