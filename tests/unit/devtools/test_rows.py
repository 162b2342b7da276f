"""Rows of the marts are typed from their contracts, so that mypy knows the columns that Python reads."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from mypy import api

from devtools import rows
from junheng.core.settings import PROJECT_ROOT
from publish.tables.mart_docs import DescribedMart, marts
from publish.tables.reading import read
from publish.tables.rows import DimRuleset
from tests.marts import create_mart

READER = """
from publish.tables.rows import DimRuleset

def name(row: DimRuleset) -> str:
    return row["name_zh"]
"""


def renamed(described: list[DescribedMart], mart: str, column: str) -> list[DescribedMart]:
    """The marts with a column of another name."""
    return [
        replace(one, columns=tuple(replace(c, name="renamed") if c.name == column else c for c in one.columns))
        if one.name == mart
        else one
        for one in described
    ]


def test_the_committed_module_is_what_the_contracts_make() -> None:
    assert rows.MODULE.read_text(encoding="utf-8") == rows.generated(), "make rows"


def test_a_mart_has_a_type_once_a_module_imports_it() -> None:
    names = rows.imported(
        ["from publish.tables.rows import DimCounty\n", "from publish.tables.rows import (\n    FctIssue,\n    A,\n)\n"]
    )
    assert names == {"DimCounty", "FctIssue", "A"}
    text = rows.module(marts(), frozenset({"DimRuleset"}))
    assert "class DimRuleset(TypedDict)" in text
    assert "    version: int\n    base_ruleset_id: str | None\n" in text
    assert "DimCounty" not in text


@pytest.mark.parametrize(("column", "failures"), [(None, 0), ("name_zh", 1)])
def test_a_renamed_column_fails_in_mypy(tmp_path: Path, column: str | None, failures: int) -> None:
    package = tmp_path / "publish" / "tables"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").touch()
    described = marts() if column is None else renamed(marts(), "dim_ruleset", column)
    (package / "rows.py").write_text(rows.module(described, frozenset({"DimRuleset"})), encoding="utf-8")
    (package / "reader.py").write_text(READER, encoding="utf-8")
    config = shutil.copyfile(PROJECT_ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    told, _, status = api.run(["--config-file", str(config), "--cache-dir", str(tmp_path / "cache"), str(package / "reader.py")])
    assert status == failures, told
    assert ('has no key "name_zh"' in told) == bool(failures)


def test_rows_are_read_with_all_the_columns_of_their_type() -> None:
    with duckdb.connect() as connection:
        create_mart(connection, "dim_ruleset", [{"ruleset_id": "national-2017", "version": 2}])
        (row,) = read(connection, DimRuleset, "from marts.dim_ruleset where version = ?", 2)
        assert (row["ruleset_id"], row["version"], row["name_zh"]) == ("national-2017", 2, None)
        with pytest.raises(LookupError, match=r"DimRuleset: .*name_zh"):
            read(connection, DimRuleset, "select ruleset_id from marts.dim_ruleset where false")


def test_a_double_of_a_mart_has_no_column_of_its_own() -> None:
    with duckdb.connect() as connection, pytest.raises(KeyError, match="dim_ruleset: title"):
        create_mart(connection, "dim_ruleset", [{"ruleset_id": "national-2017", "title": "x"}])


def test_what_publish_reads_has_types() -> None:
    """What dbt writes, texts, and rows of models that have no contract are the rest; the number may only shrink."""
    code = "".join(path.read_text(encoding="utf-8") for path in (PROJECT_ROOT / "publish").rglob("*.py"))
    assert code.count("dict[str, Any]") <= 5
