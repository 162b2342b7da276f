"""``python -m bench.plan``: how long the least plan of a county takes as counties grow, beside a plan by plain steps."""

from __future__ import annotations

import argparse
import random
import time
from decimal import Decimal

from junheng.core.settings import RULES
from planning.greedy import greedy
from planning.problem import WHOLE, Amount, CellKey, Problem, StageRule, Standing, Way, broken
from planning.solver import plan_settings, solve
from publish.words.seeds import read_seed

SIZES = (50, 200, 800)
_SEED = 20261130
_SINGLE = {"primary": 0.62, "junior": 0.84}
"""Of a draw from 0 to 1: below which a school has this stage alone; the others have both."""
_PRICES = {"人": "8", "平方米": "0.3", "元": "0.0001", "间": "6"}


def invented(schools: int) -> Problem:
    """A county in which most schools lack something, by the rules of the first rule set with standards."""
    rng = random.Random(_SEED + schools)
    of_set = [row for row in read_seed(RULES / "rule_indicators.csv") if row["standard"]]
    of_set = [row for row in of_set if row["ruleset_id"] == of_set[0]["ruleset_id"]]
    weights = {row["stage"]: Decimal(row["weight"]) for row in read_seed(RULES / "rule_split_weights.csv")[:4]}
    least = next(int(row["min_met"]) for row in read_seed(RULES / "rule_sets.csv") if row["min_met"])
    rules = [
        StageRule(
            row["indicator_code"],
            row["stage"],
            int(row["scale"]),
            Decimal(row["standard"]),
            Decimal(row["floor"]),
            Decimal(row["difference_limit"]),
        )
        for row in of_set
    ]
    amounts: dict[CellKey, Amount] = {}
    standings: list[Standing] = []
    for number in range(schools):
        school, drawn = f"s{number}", rng.random()
        stages = [name for name, share in _SINGLE.items() if drawn < share][:1] or ["primary", "junior"]
        pupils = {stage: int(rng.lognormvariate(6, 0.8)) + 50 for stage in stages}
        weighted = sum((weights[stage] * count for stage, count in pupils.items()), Decimal(0))
        for row, rule in zip(of_set, rules, strict=True):
            if rule.stage not in pupils:
                continue
            is_split, is_whole = row["is_split"] == "true", row["counts_whole_units"] == "true"
            key = school, rule.indicator_code, WHOLE if is_split else rule.stage
            shares = (weights[rule.stage], weighted) if is_split else (Decimal(1), Decimal(pupils[rule.stage]))
            standings.append(Standing(school, rule.stage, rule.indicator_code, key, pupils[rule.stage], *shares))
            wanted = rule.standard * shares[1] / shares[0] / rule.scale
            step = plan_settings().steps[row["unit"]]
            present = (wanted * Decimal(rng.lognormvariate(0.05, 0.42)) // step) * step
            amounts.setdefault(key, Amount(key, present, step, is_whole, (Way("build", Decimal(_PRICES[row["unit"]])),)))
    return Problem(tuple(rules), tuple(amounts.values()), tuple(standings), least)


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--seconds", type=float, default=plan_settings().seconds)
    options = parser.parse_args()
    print("| schools | missed now | plan, 万元 | gap | status | seconds | plain steps, 万元 | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for size in options.sizes:
        problem = invented(size)
        search = solve(problem, options.seconds, plan_settings().gap)
        began = time.monotonic()
        plain = greedy(problem)
        taken = time.monotonic() - began
        missed = len(broken(problem, problem.present()))
        cost = "—" if search.added is None else f"{problem.cost(search.added):,.1f} ({search.solver})"
        gap = "—" if search.gap is None else f"{search.gap:.4%}"
        baseline = "—" if plain is None else f"{problem.cost(plain):,.1f}"
        print(
            f"| {size} | {missed} | {cost} | {gap} | {search.status} | {search.seconds:.1f} | {baseline} | {taken:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
