from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.cells import cell_len
from rich.console import Console

from junheng.cli import scorecard
from junheng.core.messages import Messages
from publish.release.release import Release
from tests.unit.publish.fake_marts import Shape, both_rulesets, make_rows, write_marts

FIRST_LINES = """\
示范县 990101 · 2025—2026学年 · 县域义务教育优质均衡发展（national-2017）

 学段   编号   指标                       县均值   差异系数   限值   结论
 ───────────────────────────────────────────────────────────────────────────
 小学   L1     高于规定学历教师          6.31 人      0.103   0.50   ✓ 达标"""


def render(
    tmp_path: Path, shape: Shape, language: str = "zh", tables: dict[str, list[tuple[Any, ...]]] | None = None
) -> list[str]:
    folder = tmp_path / "published" / "releases" / "r0001-0"
    folder.mkdir(parents=True)
    write_marts(folder / "junheng.duckdb", shape, tables)
    out = io.StringIO()
    console = Console(file=out, width=80, color_system=None)
    scorecard.render(Release("r0001-0", "0", folder, ""), Messages(language), console)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_coefficients_of_both_stages(tmp_path: Path) -> None:
    lines = render(tmp_path, Shape())
    assert "\n".join(lines[:5]) == FIRST_LINES
    with duckdb.connect(str(tmp_path / "published/releases/r0001-0/junheng.duckdb"), read_only=True) as connection:
        marts = connection.execute(
            "select difference_coefficient_rounded, difference_limit, verdict, verdict_changes_when_rounded "
            "from marts.fct_county_indicator "
            "where school_year = 2025 order by stage desc, indicator_code"
        ).fetchall()
    shown = [line.split() for line in lines if line.startswith((" 小学", " 初中"))]
    assert len(shown) == len(marts) == 14
    marks = {"met": ["✓", "达标"], "unmet": ["✗", "超限"], "undecided": ["？", "待定"]}
    for cells, (value, limit, verdict, turns) in zip(shown, marts, strict=True):
        expected = ["—" if value is None else str(value), f"{limit:.2f}", *marks[verdict]]
        if turns:  # the printed figure shows the verdict
            assert (Decimal(cells[-4].rstrip("*")) <= limit) is (verdict == "met")
            cells[-4] = expected[0]
        assert cells[-4:] == expected
    assert any(turns for *_, turns in marts)


def test_the_means_of_2012_have_their_decimals_and_the_ratio_reads_as_one_to_how_many(tmp_path: Path) -> None:
    lines = render(tmp_path, Shape(ruleset="national-2012"))
    ratio, above_degree = (next(line.split() for line in lines if f" {code} " in line) for code in ("B6", "B7"))
    assert ratio[3].startswith("1:")
    assert len(above_degree[3].split(".")[1]) == 3


def test_wide_characters_line_up(tmp_path: Path) -> None:
    lines = [line for line in render(tmp_path, Shape()) if line.startswith((" 小学", " 初中"))]
    ends = {cell_len(line[: max(line.rfind(mark) for mark in "✓✗？")]) for line in lines}
    assert len(ends) == 1


def test_schools_by_verdict_and_where_the_files_are(tmp_path: Path) -> None:
    text = "\n".join(render(tmp_path, Shape()))
    assert "小学 7 所校段：达标 3，未达标 4，待定 0" in text
    assert "初中 4 所校段：达标 0，未达标 3，待定 1" in text
    for name in ("site/index.html", "junheng.duckdb", "parquet"):
        assert str(tmp_path / "published" / "current" / name) in text


def test_a_verdict_that_rounding_would_turn_is_marked(tmp_path: Path) -> None:
    lines = render(tmp_path, Shape())
    assert sum("*" in line for line in lines) == 2  # the figure and its note


def test_schools_of_refused_files_are_named_once(tmp_path: Path) -> None:
    text = "".join(render(tmp_path, Shape(withheld="东郊小学、西郊小学")))
    assert text.count("有 2 所学校只在被退回的文件里：东郊小学、西郊小学。") == 1


def test_many_counties_are_one_line_each(tmp_path: Path) -> None:
    counties = [(f"9901{n:02d}", f"示范{n:02d}县") for n in range(1, 6)]
    lines = render(tmp_path, Shape(counties=counties))
    rows = [line.split() for line in lines if line.startswith(" 示范")]
    assert [row[0] for row in rows] == [name for _, name in counties]
    assert {sum(map(int, row[-3:])) for row in rows} == {14}


def test_a_rule_set_without_limits_has_no_verdict(tmp_path: Path) -> None:
    shape = Shape(counties=[("2700102", "Água Branca")], years=(2021,), ruleset="alagoas-demo")
    (line,) = [line for line in render(tmp_path, shape) if line.startswith(" 小学")]
    assert line.split()[-2:] == ["—", "—"]


def test_two_rule_sets_stand_apart_and_the_newer_one_comes_first(tmp_path: Path) -> None:
    lines = render(tmp_path, Shape(), tables=both_rulesets())
    first, second = (n for n, line in enumerate(lines) if line.startswith("示范县 990101"))
    assert lines[first].endswith("县域义务教育优质均衡发展（national-2017）")
    assert lines[second].endswith("县域义务教育基本均衡发展（national-2012）")
    codes = [[line.split()[1] for line in part if line.startswith(" 小学")] for part in (lines[first:second], lines[second:])]
    assert codes == [[f"L{n}" for n in range(1, 8)], [*(f"B{n}" for n in range(1, 9)), "综合差异系数"]]
    judged = [line.split() for line in lines[second:] if "综合差异系数" in line]
    assert [cells[-4:] for cells in judged] == [["0.310", "0.65", "✓", "达标"], ["—", "0.55", "？", "待定"]]
    assert any(line.strip() == "待：清河中学" for line in lines[second:])
    assert not any("校段" in line for line in lines[second:]), "2012 judges no school"


def test_counties_left_out_are_counted_once_for_both_rule_sets(tmp_path: Path) -> None:
    counties = [(f"9901{n:02d}", f"示范{n:02d}县") for n in range(1, 33)]
    tables = make_rows(Shape(counties=counties, years=(2025,), gaps=False))
    other = make_rows(Shape(counties=counties, years=(2025,), gaps=False, ruleset="national-2012"))
    tables["fct_county_indicator"] += other["fct_county_indicator"]
    lines = render(tmp_path, Shape(), tables=tables)
    assert sum(line.startswith(" 示范") for line in lines) == 60
    assert "其余 2 个县见晨报。" in lines


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_is_there_in_both_languages(tmp_path: Path, language: str) -> None:
    assert render(tmp_path, Shape(), language)
