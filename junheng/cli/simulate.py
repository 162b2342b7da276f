"""``junheng simulate``: what scenarios would change, by the real models on a copy; nothing is published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
from rich.console import Console

from junheng.core.home import Home
from junheng.core.wrapping import say_line
from planning.changes import changes, summary, write_changes
from planning.comparison import TriedScenario, write_comparison
from planning.overlay import faults_of
from planning.scenario import Scenario, ScenarioUnusable, read_scenario, scenario_files
from planning.simulation import (
    Base,
    NothingPublished,
    NotSimulated,
    base_told,
    folder_for,
    own_copy,
    simulate,
    simulation_texts,
    write_marts,
)
from publish.words.unit_costs import UnitCostsUnusable

DONE, USAGE, NOTHING = 0, 2, 4
"""Exit codes of ``junheng simulate``."""


def run(path: Path, files: Sequence[Path], out: Path, console: Console) -> int:
    """Write ``junheng.duckdb`` and ``changes.csv``, of several scenarios below a folder of each, and ``comparison``.

    Returns the exit code; on a fault in any scenario nothing is written.
    """
    home = Home(path)
    try:
        scenarios = _read(files)
        place = folder_for(home, out)
        with base_told(home, place, console) as base:
            _check(base, list(scenarios.values()))
            tried = [_tried(base, name, each, place, len(scenarios) > 1) for name, each in scenarios.items()]
            write_comparison(tried, place)
    except ScenarioUnusable as error:
        for fault in error.faults:
            say_line(console, fault)
        return USAGE
    except (NotSimulated, UnitCostsUnusable) as error:
        say_line(console, str(error))
        return NOTHING if isinstance(error, NothingPublished) else USAGE
    _tell(tried, place, console)
    return DONE


def _read(files: Sequence[Path]) -> dict[str, Scenario]:
    """Scenarios by name. Raises ScenarioUnusable with what is wrong with any of them."""
    scenarios, faults = dict[str, Scenario](), list[str]()
    for file in scenario_files(files):
        if file.stem in scenarios:
            faults.append(simulation_texts().say("twice", name=file.stem))
        try:
            scenarios[file.stem] = read_scenario(file)
        except ScenarioUnusable as error:
            faults += error.faults
    if faults:
        raise ScenarioUnusable(faults)
    return scenarios


def _check(base: Base, scenarios: Sequence[Scenario]) -> None:
    with duckdb.connect(str(base.database)) as connection:
        faults = [fault for each in scenarios for fault in faults_of(connection, each, simulation_texts().mark)]
    if faults:
        raise ScenarioUnusable(faults)


def _tried(base: Base, name: str, scenario: Scenario, place: Path, is_one_of_several: bool) -> TriedScenario:
    out = place / name if is_one_of_several else place
    out.mkdir(exist_ok=True)
    with own_copy(base) as copy:
        simulated = simulate(copy, scenario)
        lines = changes(simulated, write_marts(simulated, out))
        write_changes(lines, out)
    return TriedScenario(name, simulated, lines)


def _tell(tried: Sequence[TriedScenario], place: Path, console: Console) -> None:
    texts = simulation_texts()
    shown = {
        "scenarios": len(tried),
        "measures": sum(len(each.simulated.scenario.measures) for each in tried),
        "release": tried[0].simulated.base.release.release_id,
        "seconds": sum(each.simulated.seconds for each in tried),
        "out": place,
    }
    say_line(console, texts.say("done", **shown))
    for each in tried:
        if len(tried) > 1:
            say_line(console, texts.say("each", name=each.name, seconds=each.simulated.seconds))
        for line in summary(each.lines):
            say_line(console, line, indent=2)
