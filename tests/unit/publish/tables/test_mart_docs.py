"""The page of the marts says what the contracts say, and its queries can be asked."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from junheng.core.settings import DBT_PROJECT
from publish.tables import mart_docs
from publish.tables.mart_docs import CONTRACTS, PAGE, DescribedMart, contract_pages, marts, page, questions
from tests.marts import create_mart

MARTS = marts()


def test_every_mart_is_on_the_page_with_its_question() -> None:
    models = {path.stem for path in (DBT_PROJECT / "models" / "marts").rglob("*.sql")}
    assert len(models) > 10
    assert {mart.name for mart in MARTS} == models == set(questions())
    for mart in MARTS:
        assert mart.question_zh.endswith("？"), mart.name
        assert mart.columns, mart.name
        assert all(column.label_zh for column in mart.columns), mart.name


def unread(described: list[DescribedMart]) -> list[str]:
    """Marts that no page or paper shows without a reason, and those that have a reason and are shown."""
    return [mart.name for mart in described if bool(mart.shown) == bool(mart.unshown_zh)]


def test_every_mart_is_on_a_page_or_a_paper_or_says_why_not() -> None:
    assert unread(MARTS) == []
    shown = {mart.name: mart.shown for mart in MARTS}
    for name, kind in (
        ("fct_teacher_structure", "教师结构"),
        ("rpt_place_forecast", "学位预测"),
        ("fct_joint_review", "联合审核"),
    ):
        assert any(kind in place for place in shown[name]), name


def test_a_mart_that_nobody_reads_is_noticed() -> None:
    assert unread([replace(MARTS[0], shown=(), unshown_zh="")]) == [MARTS[0].name]
    assert unread([replace(MARTS[0], shown=("晨报",), unshown_zh="没有人看")]) == [MARTS[0].name]


def test_the_committed_page_is_the_one_the_contracts_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(MARTS), "run: python -m publish.tables.mart_docs"


def test_the_committed_contracts_are_those_of_the_marts() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in CONTRACTS.glob("*.md")}
    assert committed == contract_pages(MARTS), "run: python -m publish.tables.mart_docs"
    assert "not for every reader" in committed["rpt_restricted_issue.md"]
    assert "| `difference_coefficient` | 差异系数 | decimal(28, 12) | null |" in committed["fct_county_indicator.md"]


def test_the_page_follows_a_contract_that_changes() -> None:
    column = replace(MARTS[0].columns[0], label_zh="另一个名称")
    changed = [replace(MARTS[0], columns=(column, *MARTS[0].columns[1:])), *MARTS[1:]]
    assert page(changed) != page(MARTS)


def test_writing_the_page_gives_what_is_committed(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(mart_docs, "PAGE", tmp_path / "marts.md")
    monkeypatch.setattr(mart_docs, "CONTRACTS", tmp_path / "contracts")
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "fct_gone.md").touch()
    assert mart_docs.main() == 0
    assert (tmp_path / "marts.md").read_bytes() == PAGE.read_bytes()
    assert {path.name for path in (tmp_path / "contracts").iterdir()} == {f"{mart.name}.md" for mart in MARTS}


@pytest.fixture(scope="module")
def empty_marts() -> duckdb.DuckDBPyConnection:
    """Every mart as a table without rows, by its contract."""
    connection = duckdb.connect()
    for mart in MARTS:
        create_mart(connection, mart.name)
    return connection


@pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)
def test_its_query_can_be_asked(mart: DescribedMart, empty_marts: duckdb.DuckDBPyConnection) -> None:
    assert f"marts.{mart.name}" in mart.query
    assert empty_marts.execute(mart.query).fetchall() == []
