"""``junheng plan``: the least that makes a county pass, confirmed by the real models; nothing is published."""

from __future__ import annotations

from pathlib import Path

import duckdb
from rich.console import Console

from junheng.core.home import Home
from junheng.core.wrapping import say_line
from planning.budget import read_budget
from planning.county import NotPlanned, read_county
from planning.least_plan import LeastPlan, confirmed, least_plan, money_of, write_plan, write_scenario
from planning.plan_book import write_book
from planning.plan_texts import plan_texts
from planning.simulation import NothingPublished, NotSimulated, base_told, folder_for
from planning.solver import plan_settings
from publish.words.unit_costs import UnitCostsUnusable

DONE, NO_PLAN, USAGE, NOTHING = 0, 1, 2, 4
"""Exit codes of ``junheng plan``: a confirmed plan, none, wrong use, no release yet."""


def run(
    path: Path,
    county_code: str,
    out: Path,
    console: Console,
    *,
    ruleset: str | None = None,
    stage: str | None = None,
    limits: Path | None = None,
    budget: Path | None = None,
    seconds: float | None = None,
) -> int:
    """Write ``plan.json``, ``scenario.csv``, ``plan.xlsx`` and ``plan.html``. Returns the exit code."""
    home, settings = Home(path), plan_settings()
    try:
        by_year = None if budget is None else read_budget(budget)
        place = folder_for(home, out)
        with base_told(home, place, console) as base:
            with duckdb.connect(str(base.database), read_only=True) as connection:
                county = read_county(connection, county_code, ruleset, stage, limits)
                year = connection.execute(
                    "select label_zh from marts.dim_code where list = 'school_year' and code = ?", [str(county.year)]
                )
                label = (year.fetchone() or (str(county.year),))[0]
            plan = least_plan(county, seconds or settings.seconds, settings.gap, by_year)
            scenario = write_scenario(plan, place)
            if not plan.conflicts:
                plan = confirmed(plan, base, scenario)
            write_book(plan, base.release.release_id, base.release.created_at, label, place)
            write_plan(plan, base.release.release_id, place)
    except (NotPlanned, NotSimulated, UnitCostsUnusable) as error:
        say_line(console, str(error))
        return NOTHING if isinstance(error, NothingPublished) else USAGE
    _tell(plan, place, console)
    return DONE if plan.is_feasible else NO_PLAN


def _tell(plan: LeastPlan, out: Path, console: Console) -> None:
    texts, search, county = plan_texts(), plan.search, plan.county
    if search is not None and not plan.conflicts:
        shown = {
            "cost": money_of(plan.cost),
            "measures": len(plan.measures),
            "schools": len({measure.key[0] for measure in plan.measures}),
            "gap": texts.say("unknown_gap") if search.gap is None else f"{search.gap:.4%}",
            "solver": search.solver,
            "seconds": search.seconds,
            "status": texts.statuses.get(search.status, search.status),
        }
        say_line(console, texts.say("feasible", **shown))
        if search.margin:
            say_line(console, texts.say("margin", margin=search.margin))
        if plan.unconfirmed:
            say_line(console, texts.say("unverified", reason="；".join(plan.unconfirmed)))
        else:
            say_line(console, texts.say("verified", seconds=plan.simulate_seconds))
    else:
        say_line(console, texts.say("infeasible"))
        for sentence in plan.conflicts:
            say_line(console, sentence, indent=2)
    unpriced = sum(reason == texts.no_price for _, _, reason in county.unavailable)
    say_line(console, texts.say("unavailable", count=len(county.unavailable), unpriced=unpriced))
    say_line(console, texts.say("written", out=out))
