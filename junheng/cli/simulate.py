"""``junheng simulate``: what a scenario would change, by the real models on a copy; nothing is published."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from junheng.core.home import Home
from junheng.core.wrapping import say_line
from planning.changes import changes, summary, write_changes
from planning.scenario import ScenarioUnusable, read_scenario
from planning.simulation import NothingPublished, NotSimulated, base_told, folder_for, simulate, simulation_texts, write_marts
from publish.words.unit_costs import UnitCostsUnusable

DONE, USAGE, NOTHING = 0, 2, 4
"""Exit codes of ``junheng simulate``."""


def run(path: Path, file: Path, out: Path, console: Console) -> int:
    """Write ``junheng.duckdb`` and ``changes.csv``. Returns the exit code; on a fault nothing is written."""
    home, texts = Home(path), simulation_texts()
    try:
        scenario = read_scenario(file)
        place = folder_for(home, out)
        with base_told(home, place, console) as base:
            simulated = simulate(base, scenario)
            database = write_marts(simulated, place)
            lines = changes(simulated, database)
            write_changes(lines, place)
    except ScenarioUnusable as error:
        for fault in error.faults:
            say_line(console, fault)
        return USAGE
    except (NotSimulated, UnitCostsUnusable) as error:
        say_line(console, str(error))
        return NOTHING if isinstance(error, NothingPublished) else USAGE
    shown = {"measures": len(scenario.measures), "release": base.release.release_id, "seconds": simulated.seconds, "out": place}
    say_line(console, texts.say("done", **shown))
    for line in summary(lines):
        say_line(console, line, indent=2)
    return DONE
