with

folded as (
    select * from {{ ref('int_issue__fold') }}
),

calendar as (
    select * from {{ ref('issue_calendar') }}
),

deadlines as (
    select distinct deadline  -- of many events
    from folded
    where deadline is not null
),

-- longer than any holiday
offsets as (
    {%- for days in range(16) %}
    select {{ days }} as days
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

days as (
    select
        deadlines.deadline,
        {{ days_after('deadlines.deadline', 'offsets.days') }} as calendar_date
    from deadlines
    cross join offsets
),

-- 2024-01-01 was a Monday
working_days as (
    select days.*
    from days
    left join calendar using (calendar_date)
    where coalesce(calendar.is_working_day, mod({{ days_between('days.calendar_date', "date '2024-01-01'") }}, 7) < 5)
),

final as (
    select
        deadline,
        min(calendar_date) as due_on
    from working_days
    group by deadline
)

select * from final
