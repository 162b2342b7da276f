"""Scenarios beside each other: one page and one workbook, what stays the same left empty, what is opened by its name."""

from __future__ import annotations

from pathlib import Path

import duckdb
from openpyxl import load_workbook

from planning.changes import ChangedFigure
from planning.comparison import TriedScenario, write_comparison
from planning.overlay import LaidOver
from planning.scenario import Measure, Scenario
from planning.simulation import Base, Simulated
from publish.release.release import Release
from publish.tables.artifacts import Manifest


def tried(folder: Path, name: str, coefficient: str, verdict: str) -> TriedScenario:
    measures = (Measure(2, "open", "N9", "小学", "", 0, school_name="新小<校>", cost_wan_yuan=None),)
    base = Base(Release("r1", "h", folder, "2026-03-01T00:00:00+08:00"), folder / "b", Manifest({}, {}), True)
    simulated = Simulated(base, Scenario(f"{name}.csv", measures, {}), LaidOver({}, frozenset({"990101"})), 7.4)
    place = "990101", "2025", "r"
    lines = [
        ChangedFigure("county_verdict", *place, "", "", "", "", "不达标", "不达标"),
        ChangedFigure("coefficient", *place, "", "", "小学", "L5", "0.500", coefficient),
        ChangedFigure("coefficient_verdict", *place, "", "", "小学", "L5", "不达标", verdict),
        ChangedFigure("school_verdict", *place, "S1", "一小", "小学", "", "不达标", "达标"),
        ChangedFigure("issue", "990101", "2025", "", "", "题", "小学", "L5", "open", ""),
        ChangedFigure("money", "990101", "2025", "", "", "已列明", "", "", "0", "0；另有 1 行待定"),
    ]
    return TriedScenario(name, simulated, lines)


def test_scenarios_stand_beside_what_is_published(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "junheng.duckdb")) as connection:
        connection.execute("create schema marts")
        tables = {
            "dim_county": "'990101' as county_code, '示范县' as county_name",
            "dim_school": "'S1' as school_code, '一小' as school_name",
            "dim_ruleset": "'r' as ruleset_id, '优质均衡' as name_zh, 6 as min_met",
            "dim_indicator": "'r' as ruleset_id, 'L5' as indicator_code, '场馆' as name_zh, false as is_composite",
            "dim_code": "'verdict' as list, unnest(['met', 'unmet', 'undecided']) as code,"
            " unnest(['达标', '不达标', '待定']) as label_zh",
            "fct_school_verdict": "'990101' as county_code, 'r' as ruleset_id",
        }
        for name, columns in tables.items():
            connection.execute(f"create table marts.{name} as select {columns}")
    write_comparison([tried(tmp_path, "甲", "0.490", "达标"), tried(tmp_path, "乙", "0.500", "不达标")], tmp_path)
    book = load_workbook(tmp_path / "comparison.xlsx")
    assert book.sheetnames == ["方案对照", "变化明细", "措施"]
    rows = [[cell.value for cell in row] for row in book["方案对照"].iter_rows() if row[1].value]
    assert rows[0] == ["规则集", "项目", "现在", "甲", "乙"]
    by_figure = {row[1]: row[2:] for row in rows}
    assert by_figure["差异系数 小学 L5 场馆"] == ["0.500", "0.490", None]
    assert by_figure["全县结论"] == ["不达标", None, None]
    assert by_figure["新达标的学校（学段计）"] == [None, 1, 1]
    assert by_figure["所需资金（万元）"] == [None, "0；另有 1 行待定", "0；另有 1 行待定"]
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "差异系数 1 项回到限值以内、0 项超出限值、0 项成为待定；学校新达标 1 所" in page
    assert "新小&lt;校&gt;" in page
    assert "2 个方案共用时 15 秒" in page
    assert "<script" not in page
