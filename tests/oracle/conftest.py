"""One world of deliveries, what the oracle expects of it, and one build of it, shared by the comparisons of a test run."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import build, issue_ledger, oracle, rules_2012
from tests.oracle.compiled import compiled
from tests.oracle.counties import hard_census, random_census
from tests.oracle.county_verdict import Verdicts, World, judge
from tests.oracle.hard_requirements import random_world
from tests.oracle.random_rosters import give_rosters
from tests.oracle.settings import OTHER_READINGS
from tests.sharing import shared

FORMS = ("school_census.template", "school_census.wide")
RULESETS = ("national-2017", "national-2012", *OTHER_READINGS)


def form_of(county: str, year: int) -> str:
    """The form in which a county delivers its census: it changes every third year."""
    return FORMS[(int(county) + year) % 6 // 3]


@pytest.fixture(scope="session")
def world() -> World:
    """Counties made for the resource block, and counties made for the requirements."""
    world = random_world()
    world.rosters = give_rosters(world.census)
    world.census = random_census() + hard_census() + world.census
    return world


@pytest.fixture(scope="session")
def figures(world: World) -> oracle.Figures:
    """Resource block of national-2017."""
    return oracle.assess(world.census)


@pytest.fixture(scope="session")
def figures_2012(world: World) -> oracle.Figures:
    """Resource block of national-2012."""
    return rules_2012.assess(world.census)


@pytest.fixture(scope="session")
def verdicts(world: World, figures: oracle.Figures) -> Verdicts:
    """Requirements and county verdicts of national-2017."""
    return judge(world, figures)


@pytest.fixture(scope="session")
def marts(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build; nobody changes it."""

    def make(folder: Path) -> Path:
        return build_world(world, folder, project_with_other_readings(folder / "project"))

    return shared(tmp_path_factory, "world", make)


def project_with_other_readings(folder: Path) -> Path:
    """A copy of the project with a rule set for each other reading of the open points, as a province would add it."""
    # links kept: the fixtures of the unit tests are the seeds themselves
    project = shutil.copytree(build.PROJECT, folder, symlinks=True, ignore=shutil.ignore_patterns("target", "logs"))
    for ruleset, (base, settings) in OTHER_READINGS.items():
        in_force = _rows(project, "rule_sets", base)[0]
        _add(project, "rule_sets", [in_force | {"ruleset_id": ruleset, "base_ruleset_id": base, "defines_school_scope": "false"}])
        stated = _rows(project, "rule_settings", base)
        _add(project, "rule_settings", [row | {"ruleset_id": ruleset, "value": settings[row["setting"]]} for row in stated])
        weights = [row for row in _rows(project, "rule_split_weights", base) if row["stage"] == "kindergarten"]
        weight = {"ruleset_id": ruleset, "weight": settings["kindergarten_weight"]}
        _add(project, "rule_split_weights", [row | weight for row in weights])
    return project


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> issue_ledger.Ledger:
    """The models of the issue ledger on empty tables; a test copies it."""
    project = compiled(tmp_path_factory)
    return shared(tmp_path_factory, "issue_ledger", lambda folder: issue_ledger.make(project, folder))


def _rows(project: Path, seed: str, ruleset: str) -> list[dict[str, str]]:
    with open(project / "seeds" / "rules" / f"{seed}.csv", encoding="utf-8", newline="") as handle:
        return [row for row in csv.DictReader(handle) if row["ruleset_id"] == ruleset]


def _add(project: Path, seed: str, rows: list[dict[str, str]]) -> None:
    with open(project / "seeds" / "rules" / f"{seed}.csv", "a", encoding="utf-8", newline="") as handle:
        csv.DictWriter(handle, list(rows[0]), lineterminator="\n").writerows(rows)


def build_world(world: World, folder: Path, project: Path = build.PROJECT) -> Path:
    """Build marts from a world."""
    return build.build(build.make_build_db(folder, **delivered(world)), project=project, work=folder)


def delivered(world: World, rulesets: Sequence[str] = RULESETS) -> dict[str, Any]:
    """A world as a build database holds it: one county submission per source, of the census one per form, all of night 1."""
    given = {"county_items": world.county_items, "survey": world.survey, "monitoring_result": world.monitoring}
    given |= {"school_succession": world.succession, **world.rosters}
    files = [("school_census", form, _in_form(world.census, form)) for form in FORMS]
    files += [(source, f"{source}.template", rows) for source, rows in given.items()]
    submissions: list[build.Row] = []
    coverage: list[build.Row] = []
    others: dict[str, list[build.Row]] = {}
    for number, (source, contract, rows) in enumerate(files, 1):
        submission_id = f"{number:016d}"
        submissions.append(build.submission(submission_id, source=source, contract=contract))
        written = {"_submission_id": submission_id, "_contract": contract, "_sheet": "s"}
        others[source] = others.get(source, []) + [written | {"_row": line} | row for line, row in enumerate(rows, 2)]
        coverage += build.coverage_of(submissions[-1:], [row for row in others[source] if row["_submission_id"] == submission_id])
    census = others.pop("school_census")
    tables = {"submissions": submissions, "coverage": coverage, "others": others, "rulesets": rulesets}
    return {"census": census} | tables


def _in_form(census: Sequence[build.Row], form: str) -> list[build.Row]:
    return [row for row in census if form_of(row["county_code"], row["school_year"]) == form]
