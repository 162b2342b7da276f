"""The marts depend neither on row order nor on threads; a build takes over what setup has parsed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from publish.build import dbt
from tests.oracle import build
from tests.oracle.compiled import compiled
from tests.oracle.conftest import delivered
from tests.oracle.counties import random_census
from tests.oracle.hard_requirements import COUNTIES, random_world
from tests.oracle.random_rosters import give_rosters

MARTS = sorted(path.stem for path in (build.PROJECT / "models" / "marts").rglob("*.sql"))
WITHOUT_DELIVERIES = {
    *("aud_correction", "aud_quarantined_row", "brg_school_group", "brg_venue_school", "dim_school_duty", "fct_project"),
    *("fct_project_target", "fct_shared_venue", "fct_assessment_between_school", "fct_assessment_school", "fct_assessment_trend"),
    *("rpt_place_forecast",),
    *("fct_declared_difference", "fct_declared_item", "rpt_evidence_file", "rpt_issue_evidence", "rpt_rectification_report"),
    *("rpt_lesson_inspection", "rpt_satisfaction"),
    "fct_release_figure",  # filled when a release is published
}
"""Marts of sources that nobody delivers here."""


@pytest.fixture(scope="module")
def files() -> dict[str, Any]:
    world = random_world(seed=7, counties=COUNTIES[:4], years=(2024, 2025))
    world.rosters = give_rosters(world.census, seed=7, odds=0.5)
    world.census += random_census(seed=7)
    return delivered(world, rulesets=())


def content(path: Path) -> dict[str, list[Any]]:
    return {name: build.query(path, f"select * from marts.{name} order by all") for name in MARTS}


def test_row_order_and_threads_do_not_matter(files, tmp_path_factory):
    """dbt builds two models at a time; what it ran is run again, one after the other."""
    built = build.make_build_db(tmp_path_factory.mktemp("once"), **files)
    build.run_dbt(built, *dbt.BUILD, log_level="debug")
    # every build is told the same path: another one, and dbt parses the whole project again
    assert "Partial parsing enabled" in (built.parent / "logs" / "dbt.log").read_text(encoding="utf-8")
    once = content(built)
    assert {name for name, rows in once.items() if not rows} == WITHOUT_DELIVERIES
    chance = random.Random(1)
    shuffled = files | {"census": chance.sample(files["census"], k=len(files["census"]))}
    shuffled["others"] = {source: chance.sample(rows, k=len(rows)) for source, rows in files["others"].items()}
    other = build.make_build_db(tmp_path_factory.mktemp("again"), **shuffled)
    again = content(compiled(tmp_path_factory).build(other, data_tests=()))
    assert {name for name in MARTS if again[name] != once[name]} == set()
