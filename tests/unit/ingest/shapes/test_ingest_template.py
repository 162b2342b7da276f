from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.landing.bronze import bronze_schema
from ingest.schema.source import load_source
from junheng.core.records import Covered

CENSUS = load_source("school_census")
CELLS = {
    "count": st.none() | st.integers(0, 10**6),
    "flag": st.none() | st.integers(0, 1),
    "amount": st.none() | st.decimals(0, 10**7, places=2),
    "text": st.none() | st.text("示范镇（）ABC12", min_size=1, max_size=6),
    "code": st.none() | st.text("ABC", min_size=1, max_size=4),
    "list": st.none() | st.lists(st.integers(1, 200), min_size=1, max_size=3).map(lambda v: ";".join(map(str, v))),
    "year": st.none() | st.integers(1950, 2025),
}
FIXED = {"county_code", "school_year", "school_code", "school_name", "school_kind_code", "main_school_code"}


@st.composite
def school_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for number in range(draw(st.integers(1, 3))):
        row = {f.name: draw(CELLS[f.type]) for f in CENSUS.fields if f.name not in FIXED}
        row |= {"county_code": "990101", "school_year": 2025, "school_code": f"21990100{number:02d}"}
        row |= {"school_name": f"示范小学{number}", "school_kind_code": "345", "main_school_code": None}
        rows.append(row)
    return rows


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=school_rows(), seed=st.integers(0, 10**6), as_workbook=st.booleans())
def test_round_trip(desk, rows: list[dict[str, Any]], seed: int, as_workbook: bool) -> None:
    """Any order of columns, headers of either language mixed, CSV or XLSX: the same rows come back."""
    chance = random.Random(seed)
    fields = chance.sample(CENSUS.fields, len(CENSUS.fields))
    header = [chance.choice([f.name, f.zh, *f.aliases]) for f in fields]
    if as_workbook:
        data = desk.xlsx(
            {
                "数据": [
                    header,
                    *([float(v) if isinstance(v := row[f.name], Decimal) else v for f in fields] for row in rows),
                ]
            }
        )
    else:
        body = [["" if row[f.name] is None else row[f.name] for f in fields] for row in rows]
        data = desk.csv([header, *body]).encode(chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    result = desk.deliver(data)
    assert not result.refused, result.reason
    assert result.contract == "school_census.template"
    found = [{f.name: row[f.name] for f in CENSUS.fields} for row in desk.bronze(result)]
    assert found == rows
    assert result.covered == [Covered("990101", 2025, len(rows))]


def test_bronze_has_the_declared_schema(desk) -> None:
    import pyarrow.parquet as pq

    result = desk.deliver(desk.csv([desk.header, desk.school]))
    schema = pq.ParquetFile(desk.home.bronze_file("school_census", result.submission_id)).schema_arrow
    assert schema.equals(bronze_schema(CENSUS))
    (row,) = desk.bronze(result)
    assert (row["_row"], row["_sheet"], row["_cells"], row["_extra"]) == (2, None, None, None)
    assert row["teachers_junior"] is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_titles_and_blank_lines(desk, delimiter: str) -> None:
    lines = [
        ["2025学年学校普查"],
        [],
        desk.header,
        [],
        desk.school,
        ["", ""],
        desk.school_row(学校标识码="2199010002"),
        [],
    ]
    result = desk.deliver(desk.csv(lines, delimiter))
    assert not result.refused
    assert [row["_row"] for row in desk.bronze(result)] == [5, 7]


def test_dirty_headers_and_cells(desk) -> None:
    header = [
        "*区划 代码",
        "学年\n",
        "学校（机构）标识码",
        "学校名称_x000D_",
        "办学类型",
        "小学在校生（人）",
        "教学及辅助用房面积(㎡)",
    ]
    data = desk.xlsx({"普查": [header, ["990101", "2025—2026学年", 2199010001, "示范小学", "小学", "１,２００", " 4 500.5 "]]})
    (row,) = desk.bronze(desk.deliver(data))
    assert row["school_code"] == "2199010001"
    assert row["school_kind_code"] == "211"
    assert row["pupils_primary"] == 1200
    assert row["teaching_area_m2"] == Decimal("4500.5")


def test_band_headers_with_any_dash(desk) -> None:
    header = [*desk.header, "小学26—30人班数", "小学66人及以上班数"]
    (row,) = desk.bronze(desk.deliver(desk.csv([header, [*desk.school, "3", "1"]])))
    assert (row["classes_primary_26_30"], row["classes_primary_ge66"]) == (3, 1)


def test_unknown_columns_are_kept_and_reported_but_persons_stop_here(desk) -> None:
    header = [*desk.header, "校车数", "校长姓名", ""]
    result = desk.deliver(desk.csv([header, [*desk.school, "2", "张三", "x"]]))
    assert result.unknown_columns == ["校车数", "校长姓名（个人信息，未保存）", "J列"]
    (row,) = desk.bronze(result)
    assert json.loads(row["_extra"]) == {"校车数": "2", "J列": "x"}


def test_several_sheets_are_one_file(desk) -> None:
    second = desk.school_row(学校标识码="2199010002")
    data = desk.xlsx({"说明": [["请按要求填写"]], "东片": [desk.header, desk.school], "西片": [desk.header, second]})
    result = desk.deliver(data)
    assert [(row["_sheet"], row["_row"]) for row in desk.bronze(result)] == [("东片", 2), ("西片", 2)]
    assert result.left_out == ["工作表“说明”（没有要读的表，未读入）"]


def test_a_prefix_folder_takes_its_counties(desk) -> None:
    data = desk.csv([desk.header, desk.school])
    for area in ("990101", "9901", "99", "990100", "990000"):
        assert not desk.deliver(data, area=area).refused
    assert desk.deliver(data, area="9902").refused


def test_reading_again_replaces_what_was_there(desk) -> None:
    good = desk.csv([desk.header, desk.school])
    first = desk.deliver(good)
    stale = desk.home.quarantine_file("school_census", first.submission_id)
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"stale")
    assert desk.deliver(good) == first
    assert not stale.exists()


def test_county_items_quarantine_single_rows(desk) -> None:
    header = ["区划代码", "学年", "指标代码", "项目代码", "学段", "数值", "自评结论", "佐证"]
    rows = [
        ["990101", 2025, "G11", "G11.eligible", "", 500, "", ""],
        ["990101", 2025, "G13", "G13.catchment", "初中", "约300", "", ""],
        ["990101", 2025, "P2", "P2", "", "", "达标", "示政发〔2025〕1号；示教发〔2025〕2号"],
        ["合计", "", "", "", "", 500, "", ""],
        ["990101", 2025, "Q1", "Q1.graduates", "初中", "0.12345678", "", ""],
    ]
    result = desk.deliver(desk.csv([header, *rows]))
    assert not result.refused
    assert (result.rows_read, result.rows_parsed) == (4, 3)
    assert [(f.rule, f.row) for f in result.faults] == [("not_a_number", 3)]
    assert result.left_out == ["第5行（合计行，不是记录，未读入）"]
    good = desk.bronze(result)
    assert [row["declared_verdict"] for row in good] == [None, "met", None]
    assert good[2]["value"] == Decimal("0.12345678")
    assert good[2]["stage"] == "junior"
    bad = desk.quarantine(result)
    assert [(row["_row"], row["value"], row["_rules"]) for row in bad] == [
        (3, "约300", "not_a_number"),
    ]


@pytest.mark.parametrize(("written", "level"), [("Ⅲ", 3), ("III", 3), ("3级", 3), ("3", 3), ("Ⅱ级", 2), ("—", None)])
def test_monitoring_levels(desk, written: str, level: int | None) -> None:
    header = ["区划代码", "监测类别", "监测年份", "年级", "学科", "指标", "数值", "水平"]
    result = desk.deliver(desk.csv([header, ["990101", "国测", 2022, "四年级", "语文", "校际差异率", "0.15", written]]))
    assert not result.refused
    (row,) = desk.bronze(result)
    assert (row["level"], row["scope"], row["grade"], row["measure"]) == (level, "national", 4, "between_school_rate")
    assert result.covered == [Covered("990101", 2022, 1)]


def test_a_template_of_a_whole_county_with_every_column_filled(desk) -> None:
    header = [f.zh for f in CENSUS.fields]
    body = []
    for number in range(200):
        given = {"county_code": "990101", "school_year": 2025, "school_code": f"2199010{number:03d}"}
        given |= {"school_name": "示范小学", "school_kind_code": "211"}
        body.append([given.get(f.name, 1 if f.type != "year" else 2000) for f in CENSUS.fields])
        body[-1][header.index("主校标识码")] = ""
    assert desk.deliver(desk.csv([header, *body])).rows_parsed == 200
