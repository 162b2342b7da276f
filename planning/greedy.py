"""A plan by plain steps: what each school lacks, bought where it is cheapest, then the lowest values raised.

No search and no proof: the baseline that a solver is measured against, and what is left where it gives no plan.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from math import ceil

from planning.problem import Added, Amount, Demand, Problem, Standing, broken, within

_HALVINGS = 40


def greedy(problem: Problem) -> Added | None:
    """A plan that holds by exact numbers, or None."""
    steps = _Steps(problem)
    if not steps.schools():
        return None
    for missed in broken(problem, problem.after(steps.added)):
        steps.level(missed)
    return steps.added if not broken(problem, problem.after(steps.added)) else None


class _Steps:
    """Amounts raised one after the other."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self.added = problem, Added()
        self._now = problem.present()
        self._amounts = {amount.key: amount for amount in problem.amounts}
        self._rules = {(rule.indicator_code, rule.stage): rule for rule in problem.rules}

    def _needed(self, standing: Standing, value: Fraction) -> Decimal:
        """More of the amount so that the value is reached, with what was added already."""
        rule, amount = self._rules[standing.indicator_code, standing.stage], self._amounts[standing.amount]
        lacking = (value / rule.scale / standing.per_unit - Fraction(self._now[amount.key])) / Fraction(amount.step)
        return max(ceil(lacking), 0) * amount.step

    def _offer(self, amount: Amount, more: Decimal) -> tuple[Decimal, Added] | None:
        """The cheapest way to more of an amount: its price, and what is taken of each way."""
        taken, price = Added(), Decimal(0)
        for way in sorted(amount.ways, key=lambda way: way.unit_cost):
            here = self.added.get((amount.key, way.option), Decimal(0))
            part = more if way.most is None else min(more, (way.most - here) // amount.step * amount.step)
            if part > 0:
                taken[amount.key, way.option] = part
                price, more = price + part * way.unit_cost, more - part
        return None if more > 0 else (price, taken)

    def _take(self, taken: Added) -> None:
        for place, more in taken.items():
            self.added[place] = self.added.get(place, Decimal(0)) + more
            self._now[place[0]] += more

    def schools(self) -> bool:
        """Every school; the indicators whose standard costs most above the floor stay at the floor."""
        schools: dict[tuple[str, str], list[Standing]] = defaultdict(list)
        for standing in self._problem.standings:
            schools[standing.school_code, standing.stage].append(standing)
        for standings in schools.values():
            dearer: list[tuple[Decimal, Standing]] = []
            for standing in standings:
                rule = self._rules[standing.indicator_code, standing.stage]
                amount = self._amounts[standing.amount]
                floor = self._offer(amount, self._needed(standing, Fraction(rule.floor)))
                if floor is None:
                    return False
                full = self._offer(amount, self._needed(standing, Fraction(rule.standard)))
                dearer.append((Decimal("Infinity") if full is None else full[0] - floor[0], standing))
            dearer.sort(key=lambda pair: pair[0])
            for number, (price, standing) in enumerate(dearer):
                rule = self._rules[standing.indicator_code, standing.stage]
                is_met = number < self._problem.least_met
                offer = self._offer(
                    self._amounts[standing.amount], self._needed(standing, Fraction(rule.standard if is_met else rule.floor))
                )
                if offer is None or (is_met and price.is_infinite()):
                    return False
                self._take(offer[1])
        return True

    def level(self, missed: Demand) -> None:
        """Raise the lowest values of an indicator to one level, as low as is enough."""
        standings = [s for s in self._problem.standings if (s.indicator_code, s.stage) == (missed.indicator_code, missed.stage)]
        if missed.school_code or not standings:
            return
        rule = self._rules[missed.indicator_code, missed.stage]
        low, high = Fraction(0), max(self._share(s)[0] / s.pupils * rule.scale for s in standings)
        before, enough = dict(self.added), None
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            self._return_to(before)
            for standing in standings:
                if offer := self._offer(self._amounts[standing.amount], self._needed(standing, middle)):
                    self._take(offer[1])
            if rule.limit is None or within([self._share(standing) for standing in standings], rule.limit):
                high, enough = middle, dict(self.added)
            else:
                low = middle
        self._return_to(before if enough is None else enough)

    def _share(self, standing: Standing) -> tuple[Fraction, int]:
        return Fraction(self._now[standing.amount]) * standing.per_unit * standing.pupils, standing.pupils

    def _return_to(self, added: Added) -> None:
        self.added, self._now = dict(added), self._problem.after(added)
