"""Which schools bring a difference coefficient to its limit, and with how much more of what the indicator counts.

Exact, in fractions: with amounts a and pupils p a coefficient is within its limit L where P · Σ a²/p ≤ (1 + L²) · (Σ a)².
Of one school this is a parabola in its own amount, so the least that is enough needs no search. Pupils stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from math import ceil

from publish.words.seeds import display_units

MOST_SCHOOLS = 3
"""Schools that are raised together; where they are not enough, no few schools decide."""
_CONTEXT = Context(prec=80)
_CENT = Fraction(1, 100)


@dataclass(frozen=True)
class AmountShare:
    """What one school brings to a coefficient: its amount and its pupils."""

    school_code: str
    name: str
    amount: Fraction
    pupils: int


@dataclass(frozen=True)
class Lever:
    """A school and what it would have to have more."""

    school: AmountShare
    more: Fraction


@dataclass(frozen=True)
class Sums:
    """What a coefficient is made of."""

    pupils: int
    total: Fraction
    """Of the amounts."""
    squares: Fraction
    """Of amounts² by pupils."""

    def without(self, share: AmountShare) -> Sums:
        """The same for the other schools; the pupils stay those of all."""
        return Sums(self.pupils, self.total - share.amount, self.squares - share.amount**2 / share.pupils)

    def beside(self, share: AmountShare, more: Fraction) -> Sums:
        """The same with a school that has more."""
        amount = share.amount + more
        return Sums(self.pupils, self.total + amount, self.squares + amount**2 / share.pupils)

    def within(self, limit: Fraction) -> bool:
        """Whether the coefficient is within a limit."""
        return self.pupils * self.squares <= (1 + limit**2) * self.total**2


def sums(shares: Sequence[AmountShare]) -> Sums:
    """The sums of these schools."""
    squares = sum((share.amount**2 / share.pupils for share in shares), Fraction(0))
    return Sums(sum(share.pupils for share in shares), sum((share.amount for share in shares), Fraction(0)), squares)


def step_of(unit: str, amount: Fraction) -> Fraction:
    """The smallest difference with which an amount of a unit is shown: a whole person, a hundredth of 万元."""
    display = display_units().get(unit)
    if display is None:
        return _CENT
    if display.from_amount is not None and amount >= Fraction(display.from_amount):
        return Fraction(display.factor) * _CENT
    return Fraction(1, 10**display.decimals)


def least(whole: Sums, school: AmountShare, limit: Fraction, unit: str) -> Fraction | None:
    """The least that one school needs more so that the coefficient is within the limit; None where no amount is enough.

    In steps in which the unit is shown. ``whole``: sums of all schools, over the limit.
    """
    others, bound = whole.without(school), 1 + limit**2
    lead, half = whole.pupils / Fraction(school.pupils) - bound, bound * others.total
    rest = whole.pupils * others.squares - bound * others.total**2
    inside = half**2 - lead * rest
    if inside < 0:
        return None
    # lead · a² − 2 · half · a + rest ≤ 0 from its lower root on; written so that nothing cancels, and lead may be 0
    root = _square_root(inside)
    needed = rest / (half + root) - school.amount if half + root else Fraction(-1)
    if needed < 0:
        return None
    step = step_of(unit, needed)
    steps = ceil(needed / step)
    around = (n * step for n in range(max(steps - 1, 1), steps + 2))
    return next((more for more in around if others.beside(school, more).within(limit)), None)


def _square_root(value: Fraction) -> Fraction:
    number = _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Fraction(_CONTEXT.sqrt(number))


def _single(shares: Sequence[AmountShare], limit: Fraction, unit: str) -> Lever | None:
    """The school that needs least."""
    whole = sums(shares)
    enough = [Lever(share, more) for share in shares if (more := least(whole, share, limit, unit)) is not None]
    return min(enough, key=lambda lever: lever.more, default=None)


def _best(shares: Sequence[AmountShare], unit: str) -> Lever | None:
    """The school whose raise lowers the coefficient most, raised until more of it would widen it again."""
    whole, raised = sums(shares), []
    for share in shares:
        others = whole.without(share)
        if not others.total or (needed := share.pupils * others.squares / others.total - share.amount) <= 0:
            continue
        step = step_of(unit, needed)
        more = ceil(needed / step) * step
        after = others.beside(share, more)
        raised.append((after.squares / after.total**2, Lever(share, more)))
    return min(raised, key=lambda pair: pair[0])[1] if raised else None


def levers(shares: Sequence[AmountShare], limit: Fraction, unit: str) -> list[Lever]:
    """The one school that needs least; where no single one is enough, up to three.

    These are raised as far as it helps, and the last one as little as is enough. Empty where three are not enough, and where
    the coefficient is within the limit.
    """
    if sums(shares).within(limit):
        return []
    now = {share.school_code: share for share in shares}
    chosen: list[Lever] = []
    while len(chosen) < MOST_SCHOOLS:
        if one := _single(list(now.values()), limit, unit):
            return [*chosen, one]
        best = _best(list(now.values()), unit)
        if best is None:
            break
        chosen.append(best)
        now[best.school.school_code] = replace(best.school, amount=best.school.amount + best.more)
    return []
