from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publish.tables.hashing import content_hash
from tests.unit.publish.fake_marts import COLUMNS, Shape, make_rows, write_marts

Tables = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def tables() -> Tables:
    return make_rows(Shape(schools=6))


def digest(path: Path, tables: Tables, manifest: Path) -> str:
    path.unlink(missing_ok=True)
    return content_hash(write_marts(path, Shape(), tables), manifest).hash


def test_order_of_rows_leaves_the_hash(tmp_path: Path, tables: Tables, manifest: Path) -> None:
    first = digest(tmp_path / "a.duckdb", tables, manifest)
    for rows in tables.values():
        random.Random(3).shuffle(rows)
    assert digest(tmp_path / "b.duckdb", tables, manifest) == first


def test_every_kept_column_counts_and_no_volatile_one(tmp_path: Path, tables: Tables, manifest: Path) -> None:
    first = digest(tmp_path / "a.duckdb", tables, manifest)
    row = list(tables["aud_submission"][0])
    night = COLUMNS["aud_submission"].index("night")
    tables["aud_submission"][0] = (*row[:night], 99, *row[night + 1 :])
    assert digest(tmp_path / "b.duckdb", tables, manifest) == first
    tables["aud_submission"][0] = (row[0], "another.csv", *row[2:])
    assert digest(tmp_path / "c.duckdb", tables, manifest) != first


def test_missing_is_not_empty_and_columns_do_not_run_together(tmp_path: Path, tables: Tables, manifest: Path) -> None:
    seen = set()
    for left, right in ((None, "ab"), ("", "ab"), ("a", "b"), ("ab", ""), ("ab", None), ("n", "n"), (None, None)):
        tables["dim_code"] = [("verdict", "x", left, right, 1)]
        seen.add(digest(tmp_path / "x.duckdb", tables, manifest))
    assert len(seen) == 7


def test_a_row_twice_is_not_a_row_once(tmp_path: Path, tables: Tables, manifest: Path) -> None:
    tables["dim_code"] = [("a", "b", "c", "d", 1)]
    once = digest(tmp_path / "x.duckdb", tables, manifest)
    tables["dim_code"] *= 2
    assert digest(tmp_path / "x.duckdb", tables, manifest) != once


def test_name_and_type_of_a_column_count(tmp_path: Path, tables: Tables, manifest: Path) -> None:
    path = write_marts(tmp_path / "x.duckdb", Shape(), tables)
    seen = {content_hash(path, manifest).hash}
    for change in ("rename column label_en to label_other", "alter column label_zh type json"):
        with duckdb.connect(str(path)) as connection:
            connection.execute("delete from marts.dim_code")
            connection.execute(f"alter table marts.dim_code {change}")
        seen.add(content_hash(path, manifest).hash)
    assert len(seen) == 3


def test_counts_and_table_hashes_are_given(tmp_path: Path, tables: Tables, manifest: Path) -> None:
    found = content_hash(write_marts(tmp_path / "x.duckdb", Shape(), tables), manifest)
    assert found.counts == {name: len(rows) for name, rows in tables.items()}
    assert set(found.tables) == set(tables)
    assert all(len(value) == 64 for value in found.tables.values())
