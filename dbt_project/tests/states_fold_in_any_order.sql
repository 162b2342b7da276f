-- What: a pair or triple of states whose fold depends on the order or the grouping, or is none of them.
-- Why: the index folds the submissions of a county in no fixed order.
-- How to resolve: seeds/checks/check_states.csv has to be a total order, and macros/checks.sql has to take the worst.
with

states as (
    select state from {{ ref('check_states') }}
),

pair_members as (
    select
        first.state as first_state,
        second.state as second_state,
        first.state
    from states as first
    cross join states as second
    union all
    select
        first.state as first_state,
        second.state as second_state,
        second.state
    from states as first
    cross join states as second
),

pairs as (
    {{ folded_states('pair_members', ['first_state', 'second_state']) }}
),

left_members as (
    select
        pairs.first_state,
        pairs.second_state,
        states.state as third_state,
        pairs.state
    from pairs
    cross join states
    union all
    select
        pairs.first_state,
        pairs.second_state,
        states.state as third_state,
        states.state
    from pairs
    cross join states
),

-- (a, b), c
left_folds as (
    {{ folded_states('left_members', ['first_state', 'second_state', 'third_state']) }}
),

right_members as (
    select
        states.state as first_state,
        pairs.first_state as second_state,
        pairs.second_state as third_state,
        pairs.state
    from pairs
    cross join states
    union all
    select
        states.state as first_state,
        pairs.first_state as second_state,
        pairs.second_state as third_state,
        states.state
    from pairs
    cross join states
),

-- a, (b, c)
right_folds as (
    {{ folded_states('right_members', ['first_state', 'second_state', 'third_state']) }}
),

faults as (
    select
        pairs.first_state,
        pairs.second_state,
        cast(null as {{ text_type() }}) as third_state,
        pairs.state
    from pairs
    left join pairs as reversed
        on pairs.first_state = reversed.second_state and pairs.second_state = reversed.first_state
    where
        pairs.state is distinct from reversed.state
        or pairs.state not in (pairs.first_state, pairs.second_state)
    union all
    select
        first_state,
        second_state,
        third_state,
        left_folds.state
    from left_folds
    full outer join right_folds using (first_state, second_state, third_state)
    where left_folds.state is distinct from right_folds.state
),

counted as (
    select
        (select count(*) from states) as n_states,
        (select count(*) from pairs) as n_pairs,
        (select count(*) from left_folds) as n_triples
)

select * from faults
union all
select
    'folds are missing' as first_state,
    cast(n_pairs as {{ text_type() }}) as second_state,
    cast(n_triples as {{ text_type() }}) as third_state,
    cast(n_states as {{ text_type() }}) as state
from counted
where n_pairs <> n_states * n_states or n_triples <> n_states * n_states * n_states
