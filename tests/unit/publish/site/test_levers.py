"""What brings a coefficient to its limit, held against trying every amount at every school."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import pytest

from publish.site.levers import AmountShare, least, levers, step_of, sums

MOST = 200
ROOMS = "间"


def made(seed: int, schools: int) -> tuple[list[AmountShare], Fraction]:
    """Schools with about as much for each pupil, and a limit that they are a little over."""
    dice = random.Random(seed)
    pupils = [dice.choice([30, 60, 200, 450, 900]) for _ in range(schools)]
    shares = [
        AmountShare(str(n), f"学校{n}", Fraction(max(round(number * dice.gauss(0.1, 0.05)), 0)), number)
        for n, number in enumerate(pupils)
    ]
    spread = coefficient([share.amount for share in shares], pupils)
    return shares, Fraction(round(spread * dice.uniform(0.5, 0.98) * 100), 100)


def coefficient(amounts: list[Fraction], pupils: list[int]) -> float:
    """The weighted coefficient of variation of amounts per pupil, as the rule writes it."""
    values = [float(amount) / number for amount, number in zip(amounts, pupils, strict=True)]
    mean = sum(value * number for value, number in zip(values, pupils, strict=True)) / sum(pupils)
    variance = sum(number * (value - mean) ** 2 for value, number in zip(values, pupils, strict=True)) / sum(pupils)
    return variance**0.5 / mean if mean else float("nan")


def tried(shares: list[AmountShare], at: int, limit: Fraction) -> int | None:
    """The least whole amount that is enough, by trying every one."""
    pupils = [share.pupils for share in shares]
    for more in range(1, MOST):
        amounts = [share.amount + (more if place == at else 0) for place, share in enumerate(shares)]
        if coefficient(amounts, pupils) <= float(limit) * (1 + 1e-12):
            return more
    return None


def test_what_one_school_needs_is_the_least_of_all_amounts() -> None:
    compared = 0
    for seed in range(90):
        shares, limit = made(seed, 2 + seed % 6)
        for at in range(len(shares)):
            found, expected = least(sums(shares), shares[at], limit, ROOMS), tried(shares, at, limit)
            if found is None or found < MOST:
                assert found == expected, (seed, at)
                compared += expected is not None
    assert compared > 60


def test_the_single_school_is_the_one_that_needs_least() -> None:
    singles = 0
    for seed in range(90):
        shares, limit = made(seed, 3 + seed % 5)
        enough = {at: more for at in range(len(shares)) if (more := tried(shares, at, limit)) is not None}
        chosen = levers(shares, limit, ROOMS)
        if len(chosen) == 1 and chosen[0].more < MOST:
            singles += 1
            assert chosen[0].more == min(enough.values())
        elif len(chosen) > 1:
            assert enough == {}
    assert singles > 20


def test_schools_raised_together_are_enough_and_the_last_one_is_not_raised_too_far() -> None:
    together = 0
    for seed in range(300):
        shares, limit = made(seed, 6)
        chosen = levers(shares, limit, ROOMS)
        if len(chosen) < 2:
            continue
        together += 1
        more = {lever.school.school_code: lever.more for lever in chosen}
        assert len(more) == len(chosen) <= 3
        pupils = [share.pupils for share in shares]

        def after(change: dict[str, Fraction], shares: list[AmountShare] = shares, pupils: list[int] = pupils) -> float:
            return coefficient([share.amount + change.get(share.school_code, 0) for share in shares], pupils)

        assert after(more) <= float(limit) * (1 + 1e-12)
        last = chosen[-1].school.school_code
        assert after({**more, last: more[last] - 1}) > float(limit)
    assert together > 10


@pytest.mark.parametrize(("amount", "step"), [(9999, 1), (10000, 100), (123456, 100)])
def test_money_is_said_as_it_is_shown(amount: int, step: int) -> None:
    assert step_of("元", Fraction(amount)) == step


def test_within_the_limit_nothing_is_needed_and_no_amount_at_the_top_helps() -> None:
    even = [AmountShare(str(n), "", Fraction(10), 100) for n in range(4)]
    assert levers(even, Fraction(1, 2), ROOMS) == []
    rich = [*even, AmountShare("9", "", Fraction(400), 100)]
    assert least(sums(rich), rich[4], Fraction(1, 2), ROOMS) is None


def test_amounts_are_tried_in_both_directions() -> None:
    """The coefficient of the tests is the one that the condition bounds."""
    for amounts in product((1, 5, 30), repeat=3):
        shares = [AmountShare(str(n), "", Fraction(a), p) for n, (a, p) in enumerate(zip(amounts, (50, 200, 700), strict=True))]
        for limit in (Fraction(1, 5), Fraction(1, 2), Fraction(9, 10)):
            assert sums(shares).within(limit) == (coefficient([s.amount for s in shares], [50, 200, 700]) <= float(limit))
