"""The least that makes a county pass, as numbers: amounts that may grow, what they cost, what has to hold. Checked exactly.

With amount a, weight w and weighted pupils W a school's value is scale · a · w / W, and its share of the
amount n = a · w · p / W. A coefficient is within its limit L where P · Σ n²/p ≤ (1 + L²) · (Σ n)².
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil
from typing import Any

CellKey = tuple[str, str, str]
"""School, indicator, and the stage whose amount it is (``all``: of the whole school)."""
WHOLE = "all"
_CLOSE = Fraction(1, 10**6)
"""Of a step."""
_EXACT = Context(prec=60)


@dataclass(frozen=True)
class Way:
    """One way to have more of an amount, at one school: its price for a unit and the most that is possible (None: any)."""

    option: str
    unit_cost: Decimal
    most: Decimal | None = None


@dataclass(frozen=True)
class Amount:
    """What a school has of something, and the ways to more of it. None: not known."""

    key: CellKey
    present: Decimal | None
    step: Decimal
    """The smallest difference: a whole person, a cent of a square metre."""
    is_whole: bool
    """Whether the solver counts in steps; otherwise it is rounded up to one afterwards."""
    ways: tuple[Way, ...]


@dataclass(frozen=True)
class Standing:
    """An indicator of one stage of a school: which amount it looks at, and with what share."""

    school_code: str
    stage: str
    indicator_code: str
    amount: CellKey
    pupils: int
    weight: Decimal
    weighted_pupils: Decimal

    @property
    def per_unit(self) -> Fraction:
        """Value per pupil of one unit of the amount, before the scale."""
        return Fraction(self.weight) / Fraction(self.weighted_pupils)


@dataclass(frozen=True)
class StageRule:
    """What an indicator demands of a stage."""

    indicator_code: str
    stage: str
    scale: int
    standard: Decimal
    floor: Decimal
    limit: Decimal | None
    """Of the difference coefficient."""


@dataclass(frozen=True)
class Demand:
    """Something that has to hold: that a school meets the rule set (no ``indicator_code``), or that a coefficient is within."""

    school_code: str = ""
    stage: str = ""
    indicator_code: str = ""


Added = dict[tuple[CellKey, str], Decimal]
"""How much more, by amount and way."""


@dataclass(frozen=True)
class Problem:
    """A county in numbers."""

    rules: tuple[StageRule, ...]
    amounts: tuple[Amount, ...]
    standings: tuple[Standing, ...]
    least_met: int
    """Indicators of a stage of a school that must reach the standard; the others must reach the floor."""

    def demands(self) -> list[Demand]:
        """All that has to hold, coefficients first."""
        limits = [Demand("", rule.stage, rule.indicator_code) for rule in self.rules if rule.limit is not None]
        stages = sorted({(standing.school_code, standing.stage) for standing in self.standings})
        return [*limits, *(Demand(school, stage) for school, stage in stages)]

    def present(self) -> dict[CellKey, Decimal]:
        """What is there."""
        return {amount.key: amount.present for amount in self.amounts if amount.present is not None}

    def after(self, added: Added) -> dict[CellKey, Decimal]:
        """What would be there."""
        amounts = self.present()
        for (key, _), more in added.items():
            amounts[key] += more
        return amounts

    def cost(self, added: Added) -> Decimal:
        """Money of a plan, in 万元."""
        prices = {(amount.key, way.option): way.unit_cost for amount in self.amounts for way in amount.ways}
        return sum((prices[key] * more for key, more in added.items()), Decimal(0))

    def unknown(self) -> list[Amount]:
        """Amounts that are not known: what rests on them is undecided whatever is done."""
        return [amount for amount in self.amounts if amount.present is None]

    def rounded(self, added: Added, *, is_close: bool = True) -> Added:
        """The same in whole steps, up. ``is_close``: an amount that is above a step by as little as a solver errs is at it."""
        steps = {amount.key: amount.step for amount in self.amounts}
        stepped = {
            (key, option): ceil(Fraction(more) / Fraction(steps[key]) - (_CLOSE if is_close else 0)) * steps[key]
            for (key, option), more in added.items()
        }
        return {place: more for place, more in stepped.items() if more > 0}


def broken(problem: Problem, amounts: Mapping[CellKey, Decimal]) -> list[Demand]:
    """Requirements that do not hold; a coefficient without any amount does not."""
    rules = {(rule.indicator_code, rule.stage): rule for rule in problem.rules}
    schools: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    shares: dict[tuple[str, str], list[tuple[Fraction, int]]] = defaultdict(list)
    for standing in problem.standings:
        rule, amount = rules[standing.indicator_code, standing.stage], Fraction(amounts[standing.amount])
        value = amount * standing.per_unit * rule.scale
        met = value >= Fraction(rule.standard), value >= Fraction(rule.floor)
        schools[standing.school_code, standing.stage].append(met)
        shares[standing.indicator_code, standing.stage].append((amount * standing.per_unit * standing.pupils, standing.pupils))
    missed = [
        Demand("", stage, indicator)
        for (indicator, stage), of_schools in sorted(shares.items())
        if (limit := rules[indicator, stage].limit) is not None and not within(of_schools, limit)
    ]
    for (school, stage), indicators in sorted(schools.items()):
        if sum(is_met for is_met, _ in indicators) < problem.least_met or not all(is_above for _, is_above in indicators):
            missed.append(Demand(school, stage))
    return missed


def within(shares: Sequence[tuple[Fraction, int]], limit: Decimal) -> bool:
    """Whether the coefficient of these shares (amount, pupils) is within the limit, with 60 digits; of nothing it is not."""
    numbers = [(_EXACT.divide(Decimal(n.numerator), Decimal(n.denominator)), p) for n, p in shares]
    total, squares = Decimal(0), Decimal(0)
    for number, pupils in numbers:
        total = _EXACT.add(total, number)
        squares = _EXACT.add(squares, _EXACT.divide(_EXACT.multiply(number, number), Decimal(pupils)))
    side = _EXACT.multiply(Decimal(sum(pupils for _, pupils in shares)), squares)
    bound = _EXACT.multiply(1 + limit * limit, _EXACT.multiply(total, total))
    return total > 0 and side <= _EXACT.multiply(bound, 1 + Decimal("1e-12"))


def as_json(problem: Problem) -> dict[str, Any]:
    """For the solver's process; numbers as text."""
    return asdict(problem)


def from_json(given: Mapping[str, Any]) -> Problem:
    """What ``as_json`` made, after a journey as text."""
    amounts = tuple(
        Amount(
            key=_key(each["key"]),
            present=None if each["present"] is None else Decimal(each["present"]),
            step=Decimal(each["step"]),
            is_whole=each["is_whole"],
            ways=tuple(
                Way(way["option"], Decimal(way["unit_cost"]), None if way["most"] is None else Decimal(way["most"]))
                for way in each["ways"]
            ),
        )
        for each in given["amounts"]
    )
    rules = tuple(
        StageRule(**(each | {name: Decimal(each[name]) for name in ("standard", "floor")} | _limit(each["limit"])))
        for each in given["rules"]
    )
    standings = tuple(
        Standing(**(s | {"amount": _key(s["amount"])} | {name: Decimal(s[name]) for name in ("weight", "weighted_pupils")}))
        for s in given["standings"]
    )
    return Problem(rules, amounts, standings, given["least_met"])


def _limit(limit: str | None) -> dict[str, Decimal | None]:
    return {"limit": None if limit is None else Decimal(limit)}


def _key(given: Sequence[str]) -> CellKey:
    school, indicator, stage = given
    return school, indicator, stage
