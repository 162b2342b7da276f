"""What every release said of a county goes from one release to the next, and makes none."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from junheng.core.home import Home
from publish.release import publication
from publish.release.manifest import Details
from publish.release.release import Release
from tests.unit.publish.fake_home import make_build
from tests.unit.publish.fake_marts import Shape

HISTORY = """
    select release_id, published_at, county_code, school_year, stage, indicator_code, ruleset_id,
        value, difference_coefficient, verdict
    from marts.fct_release_figure
"""
FIGURES = """
    select county_code, school_year, stage, indicator_code, ruleset_id,
        county_mean::double as value, difference_coefficient::double as difference_coefficient, verdict
    from marts.fct_county_indicator
"""


def publish(home: Home, manifest: Path, seed: int, day: int) -> Release:
    build = make_build(home, Shape(seed=seed, schools=8, years=(2025,)))
    return publication.publish(home, build, manifest, Details(f"2026-11-{day}T01:00:00+08:00"))


def rows(release: Release, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(release.database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_release_holds_the_figures_of_those_before_it(home: Home, manifest: Path) -> None:
    releases = [publish(home, manifest, seed, day) for seed, day in ((1, 20), (2, 21), (3, 22))]
    last = releases[-1]
    expected = Counter(
        (release.release_id, datetime(2026, 11, day, 1), *row)
        for release, day in zip(releases, (20, 21, 22), strict=True)
        for row in rows(release, FIGURES)
    )
    assert Counter(rows(last, HISTORY)) == expected
    assert len({row[7] for row in expected}) > 3  # figures that are told apart
    parquet = last.path / "parquet" / "fct_release_figure.parquet"
    assert Counter(duckdb.connect().execute("select * from read_parquet(?)", [str(parquet)]).fetchall()) == expected
    described = json.loads((last.path / "manifest.json").read_text(encoding="utf-8"))["tables"]
    assert described["fct_release_figure"]["rows"] == expected.total()


def test_the_same_figures_make_no_release(home: Home, manifest: Path) -> None:
    first = publish(home, manifest, 1, 20)
    again = publish(home, manifest, 1, 21)
    assert again.unchanged
    assert again.release_id == first.release_id
    assert len({row[0] for row in rows(again, "select release_id from marts.fct_release_figure")}) == 1


def test_figures_of_a_release_without_a_history_are_not_missed(home: Home, manifest: Path) -> None:
    """The release before comes of a version that had none."""
    build = make_build(home, Shape(seed=1, schools=8, years=(2025,)))
    with duckdb.connect(str(build)) as connection:
        connection.execute("drop table marts.fct_release_figure")
    first = publication.publish(home, build, manifest, Details("2026-11-20T01:00:00+08:00"))
    second = publish(home, manifest, 2, 21)
    counted = rows(second, "select release_id, count(*) from marts.fct_release_figure group by 1 order by 1")
    assert counted == [(release.release_id, len(rows(release, FIGURES))) for release in (first, second)]
