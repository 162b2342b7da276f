"""Two sets of marts side by side: what changes, what stays, what is not there any more, what nobody knows the price of."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from planning.changes import changes, summary, write_changes
from planning.overlay import LaidOver
from planning.scenario import Measure, Scenario
from planning.simulation import Base, Simulated
from publish.release.release import Release
from publish.tables.artifacts import Manifest

KEYS = "county_code, school_year, ruleset_id"
TABLES = {
    "dim_code": (
        "list, code, label_zh",
        [("verdict", "met", "达标"), ("verdict", "unmet", "不达标"), ("stage", "primary", "小学")],
    ),
    "dim_school": ("school_code, school_name", [("S1", "一小"), ("S2", "二小")]),
    "dim_county": ("county_code, school_year", [("990101", 2025), ("990102", 2025)]),
    "fct_county_requirement": (f"{KEYS}, part, requirement_code, verdict", [("990101", 2025, "r", "all", "G4", "met")]),
}


def marts(path: Path, verdict: str, coefficient: str | None, schools: list[tuple[str, str | None]], issue: str) -> None:
    """A county of its newest year and of the one before, and another county that the scenario does not touch."""
    tables = dict(TABLES)
    tables["fct_county_verdict"] = f"{KEYS}, verdict", [("990101", 2025, "r", verdict), ("990101", 2024, "r", verdict)]
    figure = f"{KEYS}, stage, indicator_code, difference_coefficient_rounded, verdict"
    tables["fct_county_indicator"] = (
        figure,
        [
            ("990101", 2025, "r", "primary", "L5", coefficient, verdict),
            ("990102", 2025, "r", "primary", "L5", coefficient, verdict),
        ],
    )
    tables["fct_school_verdict"] = f"{KEYS}, stage, school_code, verdict", [("990101", 2025, "r", "primary", "S1", "met")]
    value = f"{KEYS}, stage, indicator_code, school_code, verdict, value_rounded"
    tables["fct_school_indicator"] = value, [("990101", 2025, "r", "primary", "L5", code, "met", of) for code, of in schools]
    columns = "issue_id, county_code, school_year, school_code, stage, requirement_code, title, state"
    tables["fct_issue"] = columns, [(issue, "990101", 2025, "", "primary", "L5", f"题 {issue}", "open")]
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, (names, rows) in tables.items():
            marks = ", ".join("?" for _ in rows[0])
            connection.execute(
                f"create table marts.{name} as select * from (values {', '.join(f'({marks})' for _ in rows)}) as t ({names})",
                [cell for row in rows for cell in row],
            )


@pytest.fixture
def simulated(tmp_path: Path) -> Simulated:
    (tmp_path / "r").mkdir()
    marts(tmp_path / "r" / "junheng.duckdb", "unmet", "0.500", [("S1", "4.860"), ("S2", "7.000")], "i1")
    marts(tmp_path / "junheng.duckdb", "met", "0.490", [("S1", None)], "i2")
    measures = (
        Measure(
            2, "build", "S1", "outdoor_sports_area_m2", "outdoor_sports_area_m2", Decimal(300), cost_wan_yuan=Decimal("12.5")
        ),
        Measure(3, "build", "S1", "outdoor_sports_area_m2", "outdoor_sports_area_m2", Decimal(1), cost_wan_yuan=None),
    )
    base = Base(Release("r1", "h", tmp_path / "r", "2026-03-01T00:00:00+08:00"), tmp_path / "b", Manifest({}, {}), True)
    return Simulated(base, Scenario("s.csv", measures, {}), LaidOver({}, frozenset({"990101"})), 1.0)


def test_changes_stand_beside_what_is_published(simulated: Simulated, tmp_path: Path) -> None:
    lines = changes(simulated, tmp_path / "junheng.duckdb")
    write_changes(lines, tmp_path)
    with open(tmp_path / "changes.csv", encoding="utf-8-sig", newline="") as handle:
        rows = [tuple(row.values()) for row in csv.DictReader(handle)]
    assert rows == [
        ("模拟", "全县结论", "990101", "2025", "r", "", "", "", "", "不达标", "达标", "有变化"),
        ("模拟", "差异系数", "990101", "2025", "r", "", "", "小学", "L5", "0.500", "0.490", "有变化"),
        ("模拟", "差异系数结论", "990101", "2025", "r", "", "", "小学", "L5", "不达标", "达标", "有变化"),
        ("模拟", "学校单项结论", "990101", "2025", "r", "S2", "二小", "小学", "L5", "达标", "不在评估范围", "有变化"),
        ("模拟", "学校单项数值", "990101", "2025", "r", "S1", "一小", "小学", "L5", "4.860", "待定", "有变化"),
        ("模拟", "学校单项数值", "990101", "2025", "r", "S2", "二小", "小学", "L5", "7.000", "不在评估范围", "有变化"),
        ("模拟", "问题台账", "990101", "2025", "", "", "题 i1", "小学", "L5", "open", "", "不再出现"),
        ("模拟", "问题台账", "990101", "2025", "", "", "题 i2", "小学", "L5", "", "open", "将新增"),
        ("模拟", "所需资金（万元）", "990101", "2025", "", "", "已列明", "", "", "0", "12.5；另有 1 行待定", "有变化"),
    ]
    assert "差异系数：1 处有变化" in summary(lines)
