"""One world of deliveries, what the oracle expects of it, and one build of it, shared by the comparisons of a test run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.oracle import build, issue_ledger, oracle, rules_2012
from tests.oracle.counties import hard_census, random_census
from tests.oracle.county_verdict import Verdicts, World, judge
from tests.oracle.hard_requirements import random_world

SOURCES = ("school_census", "county_items", "survey", "monitoring_result", "school_succession")


@pytest.fixture(scope="session")
def world() -> World:
    """Counties made for the resource block, and counties made for the requirements."""
    world = random_world()
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
    """The build."""
    return build_world(world, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> issue_ledger.Ledger:
    """The models of the issue ledger on empty tables; a test copies it."""
    return issue_ledger.make(tmp_path_factory.mktemp("issue_ledger"))


def build_world(world: World, folder: Path) -> Path:
    """Build marts from a world: one county submission per source, all of night 1."""
    rows = (world.census, world.county_items, world.survey, world.monitoring, world.succession)
    given = dict(zip(SOURCES, rows, strict=True))
    numbered = {source: _numbered(rows, f"{number:016d}") for number, (source, rows) in enumerate(given.items(), 1)}
    submissions = [
        build.submission(f"{number:016d}", source=source, contract=f"{source}.template")
        for number, source in enumerate(SOURCES, 1)
    ]
    coverage = [row for judged in submissions for row in build.coverage_of([judged], numbered[judged["source"]])]
    census = numbered.pop("school_census")
    path = build.make_build_db(folder / "build.duckdb", census, submissions, coverage=coverage, others=numbered)
    return build.build(path)


def _numbered(rows: Sequence[build.Row], submission_id: str) -> list[build.Row]:
    return [{"_submission_id": submission_id, "_sheet": "s", "_row": number, **row} for number, row in enumerate(rows, 2)]
