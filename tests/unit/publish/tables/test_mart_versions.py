"""The version of the marts says what readers have to expect."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from publish.tables.mart_versions import (
    MartPromise,
    Promise,
    changes,
    marts_version,
    meant_version,
    needed_version,
    next_version,
    promised,
    record,
    recorded,
)

TABLE = MartPromise({"county_code": "varchar not null", "pupils": "integer"}, ("county_code",))
PROMISE = Promise({"fct_a": TABLE}, {"national": {"1": "aa"}})


def _after(**tables: MartPromise) -> Promise:
    return replace(PROMISE, tables={**PROMISE.tables, **tables})


@pytest.mark.parametrize(
    ("now", "version", "said"),
    [
        (PROMISE, "1.4.2", ""),
        (_after(fct_b=TABLE), "1.5.0", "table fct_b is new"),
        (_after(fct_a=replace(TABLE, columns={**TABLE.columns, "rooms": "integer"})), "1.5.0", "column fct_a.rooms is new"),
        (
            _after(fct_a=replace(TABLE, columns={**TABLE.columns, "pupils": "integer not null"})),
            "1.5.0",
            "column fct_a.pupils is never empty any more",
        ),
        (_after(fct_a=replace(TABLE, columns={"county_code": "varchar not null"})), "2.0.0", "column fct_a.pupils is gone"),
        (
            _after(fct_a=replace(TABLE, columns={"county_code": "varchar not null", "pupil_count": "integer"})),
            "2.0.0",
            "column fct_a.pupils is gone",
        ),
        (
            _after(fct_a=replace(TABLE, columns={**TABLE.columns, "pupils": "varchar"})),
            "2.0.0",
            "column fct_a.pupils was integer and is varchar",
        ),
        (
            _after(fct_a=replace(TABLE, columns={**TABLE.columns, "county_code": "varchar"})),
            "2.0.0",
            "column fct_a.county_code was varchar not null and is varchar",
        ),
        (_after(fct_a=replace(TABLE, grain=("county_code", "stage"))), "2.0.0", "a row of fct_a was one county_code and"),
        (_after(fct_a=replace(TABLE, is_restricted=True)), "2.0.0", "fct_a is published in another file"),
        (replace(PROMISE, tables={}), "2.0.0", "table fct_a is gone"),
        (replace(PROMISE, rules={"national": {"2": "bb"}}), "1.5.0", "rule set national has other rules, version 2"),
        (replace(PROMISE, rules={"national": {"1": "aa"}, "province": {"1": "cc"}}), "1.5.0", "rule set province is new"),
        (replace(PROMISE, rules={}), "2.0.0", "rule set national is gone"),
    ],
)
def test_what_is_taken_away_needs_a_major_and_what_is_new_a_minor(now: Promise, version: str, said: str) -> None:
    changed = changes(PROMISE, now)
    assert next_version("1.4.2", changed) == version
    sentences = changed.breaking or changed.added
    assert any(sentence.startswith(said) for sentence in sentences) if said else not sentences


def test_a_promise_that_is_recorded_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "contracts" / "marts.json"
    record("1.0.0", PROMISE, path)
    assert recorded(path) == ("1.0.0", PROMISE)
    assert json.loads(path.read_text(encoding="utf-8"))["version"] == "1.0.0"


def test_the_version_that_is_meant_is_enough_for_what_changed() -> None:
    _, before = recorded()
    assert len(before.tables) > 50
    assert marts_version() == meant_version(), (needed_version(), *changes(before, promised()).breaking)


def test_a_column_taken_from_the_project_is_noticed() -> None:
    now = promised()
    table = now.tables["fct_county_indicator"]
    fewer = replace(table, columns={name: kind for name, kind in table.columns.items() if name != "pupils"})
    changed = changes(recorded()[1], replace(now, tables={**now.tables, "fct_county_indicator": fewer}))
    assert "column fct_county_indicator.pupils is gone" in changed.breaking
