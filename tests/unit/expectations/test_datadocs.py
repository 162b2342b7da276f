"""The report of the second engine: nothing active, in Chinese, what agrees apart from what only ran."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from expectations.datadocs import CSP, EngineCheck, publish

LINES = [
    EngineCheck("学校普查", "标识码<b>重复</b>", 1, 0, 1200, 0, "pass"),
    EngineCheck("学校普查", "只有条件的检查", 0, 1, 10, 2, "fail"),
    EngineCheck("教师名册", "没有填写", 2, 1, 30, 0, "no_data"),
]


@pytest.fixture
def page(tmp_path: Path) -> str:
    publish(tmp_path / "night", "规则复核：第 1 夜", LINES, [("学校普查", "最少行数", "由入库检查负责")], [])
    assert (tmp_path / "night" / "static" / "data_docs.css").is_file()
    assert [path.name for path in (tmp_path / "night").glob("*.html")] == ["index.html"]
    return (tmp_path / "night" / "index.html").read_text(encoding="utf-8")


def test_nothing_in_it_acts_or_asks_for_the_network(page: str) -> None:
    assert CSP in page
    assert "标识码&lt;b&gt;重复&lt;/b&gt;" in page
    assert not re.search(r"<(script|button|iframe|img|input|form|a)\b", page)
    assert "http:" not in page
    assert "https:" not in page


def test_second_opinions_and_what_only_ran_are_counted_apart(page: str) -> None:
    assert "独立复核：2 项检查，共 3 条" in page
    assert "结果与入库规则逐项相同" in page
    assert "只确认运行：1 项检查（共 2 条）" in page
    assert "最少行数（由入库检查负责）" in page


def test_what_is_wrong_stands_first(page: str) -> None:
    assert page.index("只有条件的检查") < page.index("标识码")


def test_engines_that_differ_are_not_said_to_agree(tmp_path: Path) -> None:
    publish(tmp_path / "night", "报告", LINES, [], ["school_census <x>"])
    page = (tmp_path / "night" / "index.html").read_text(encoding="utf-8")
    assert "计数不一致" in page
    assert "school_census &lt;x&gt;" in page
    assert "逐项相同" not in page
