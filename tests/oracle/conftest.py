"""One world of deliveries, what the oracle expects of it, and one build of it, shared by the comparisons of a test run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.oracle import build, issue_ledger, oracle, rules_2012
from tests.oracle.compiled import compiled
from tests.oracle.counties import hard_census, random_census
from tests.oracle.county_verdict import Verdicts, World, judge
from tests.oracle.hard_requirements import random_world
from tests.oracle.parts import give_townships, random_groups, random_venues
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
    give_townships(world.census)
    world.groups = random_groups(world.census)
    world.venues = random_venues(world.census)
    return world


@pytest.fixture(scope="session")
def figures(world: World) -> oracle.Figures:
    """Resource block of national-2017."""
    return oracle.assess(world.census, venues=world.venues)


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
    project = compiled(tmp_path_factory)

    def make(folder: Path) -> Path:
        return project.build(build.make_build_db(folder, **delivered(world)), change_seeds=add_other_readings)

    return shared(tmp_path_factory, "world", make)


def add_other_readings(connection: duckdb.DuckDBPyConnection) -> None:
    """A rule set for each other reading of the open points, as a province would add it."""
    for ruleset, (base, settings) in OTHER_READINGS.items():
        connection.execute(
            "insert into seeds.rule_sets select * replace ($new as ruleset_id, $base as base_ruleset_id,"
            " false as defines_school_scope) from seeds.rule_sets where ruleset_id = $base order by rowid limit 1",
            {"new": ruleset, "base": base},
        )
        stated = "select setting from seeds.rule_settings where ruleset_id = ?"
        for (setting,) in connection.execute(stated, [base]).fetchall():
            connection.execute(
                "insert into seeds.rule_settings select * replace ($new as ruleset_id, $value as value)"
                " from seeds.rule_settings where ruleset_id = $base and setting = $setting",
                {"new": ruleset, "base": base, "setting": setting, "value": settings[setting]},
            )
        connection.execute(
            "insert into seeds.rule_split_weights select * replace ($new as ruleset_id, $weight as weight)"
            " from seeds.rule_split_weights where ruleset_id = $base and stage = 'kindergarten'",
            {"new": ruleset, "base": base, "weight": settings["kindergarten_weight"]},
        )


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> issue_ledger.Ledger:
    """The models of the issue ledger on empty tables; a test copies it."""
    project = compiled(tmp_path_factory)
    return shared(tmp_path_factory, "issue_ledger", lambda folder: issue_ledger.make(project, folder))


def delivered(world: World, rulesets: Sequence[str] = RULESETS) -> dict[str, Any]:
    """A world as a build database holds it: one county submission per source, of the census one per form, all of night 1."""
    given = {"county_items": world.county_items, "survey": world.survey, "monitoring_result": world.monitoring}
    given |= {
        "school_succession": world.succession,
        "school_groups": world.groups,
        "school_venues": world.venues,
        **world.rosters,
    }
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
