"""Pages of single things and topics: what ``nouns.yml`` names is there, rows read as in the marts, links lead somewhere."""

from __future__ import annotations

import csv
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pytest

from junheng.core.settings import RULES
from publish.site import nouns
from publish.site.noun_kinds import NounColumnEntry, noun_settings
from publish.site.nouns import NounCell, Nouns
from publish.site.site import write_site
from publish.site.trend import pace, trend_chart
from tests.marts import contracts, create_mart
from tests.unit.publish.fake_marts import COLUMNS, Shape, make_rows, write_marts
from tests.unit.publish.site.test_site import NOTHING, RELEASE, Page

ISSUE = {
    "issue_id": "990101-1",
    "county_code": "990101",
    "title": "班额<超>标",
    "is_open": True,
    "is_overdue": True,
    "days_overdue": 9,
}
MADE_BY_MODELS = {"source", "school_year", "ruleset", "review_reason", "correction_state", "subject"}
"""Lists of ``dim_code`` that no seed of labels holds."""


def every_mart(path: Path, rows: dict[str, list[dict[str, Any]]] | None = None) -> Path:
    """The marts of the sample of publish, with every other mart: empty, or with these rows."""
    write_marts(path, Shape())
    with duckdb.connect(str(path)) as connection:
        for name in contracts().keys() - COLUMNS.keys():
            create_mart(connection, name, (rows or {}).get(name, ()))
        for name, given in (rows or {}).items():
            if name in COLUMNS:
                connection.execute(f"drop table marts.{name}")
                create_mart(connection, name, given)
        for name, columns in contracts().items():
            for column in columns.values():
                connection.execute(f"comment on column marts.{name}.\"{column.name}\" is '{column.label_zh}：'")
    return path


def site(tmp_path: Path, rows: dict[str, list[dict[str, Any]]] | None = None) -> Path:
    write_site(every_mart(tmp_path / "junheng.duckdb", rows), NOTHING, RELEASE, tmp_path / "site")
    return tmp_path / "site"


def test_every_query_runs_over_the_contracts_and_every_column_has_a_label(tmp_path: Path) -> None:
    with duckdb.connect(str(every_mart(tmp_path / "m.duckdb"))) as connection:
        connection.execute("create temp table newest_county as select '990101' as county_code, 2025 as school_year")
        made = Nouns(connection, 2, {})
        assert made.kinds == noun_settings().kinds
        for kind in made.kinds.values():
            for section in kind.sections:
                assert made._can_read(section.relation or f"marts.{section.mart}"), section.title
                connection.execute(made._query(section))
                for column in section.columns:
                    assert column.label or column.name in contracts()[section.mart], (section.title, column.name)
            for column in kind.facts.columns if kind.facts else ():
                assert column.label or column.name in contracts()[kind.facts.mart], (kind.title, column.name)


def test_lists_and_kinds_that_columns_name_exist() -> None:
    with open(RULES.parent / "codes" / "code_labels.csv", encoding="utf-8", newline="") as handle:
        lists = {row["list"] for row in csv.DictReader(handle)} | MADE_BY_MODELS
    lists |= {"stage", "school_kind", "check_state"}
    kinds = noun_settings().kinds
    columns = [column for kind in kinds.values() for section in kind.sections for column in section.columns]
    assert len(columns) > 200
    assert {column.list for column in columns if column.list} <= lists
    assert {column.to for column in columns if column.to} <= kinds.keys() | {"figure", "county"}
    rows = {column.to for column in columns if column.row}
    assert all(any(section.id for section in kinds[name].sections) for name in rows if name)


def test_rows_stand_on_their_page_with_links_and_are_escaped(tmp_path: Path) -> None:
    plan = {"county_code": "990101", "school_code": "9901010000", "issue_id": "990101-1", "title": "班额<超>标"}
    task = {"county_code": "990101", "unit_zh": "规划股", "issue_id": "990101-1", "title": "班额<超>标", "days_overdue": 9}
    ledger = {key: ISSUE[key] for key in ("issue_id", "county_code", "title", "days_overdue")} | {"lead_unit_zh": "规划股"}
    option = {"county_code": "990101", "school_year": 2025, "school_code": "9901010000", "requirement_code": "L4"}
    option |= {"ruleset_id": "national-2017", "option_order": 1, "quantity": 9}
    found_there = {
        "issue_id": "990101-2",
        "origin": "inspection",
        "category": "食堂",
        "school_code": "9901010000",
        "state": "closed",
    }
    file = {"county_code": "990101", "school_year": 2025, "box": "requirement", "box_code": "G1", "file_name": "规划.pdf"}
    rows = {
        "fct_issue": [ISSUE, ISSUE | found_there | {"is_open": False, "is_overdue": False}],
        "rpt_evidence_file": [file | {"valid_until": "2027-08-31", "is_named": True}],
        "rpt_school_option": [
            option | {"item_zh": "用房", "option_zh": "新建", "needs_money": True},
            option | {"item_zh": "教师", "option_zh": "调剂", "needs_money": False},
        ],
        "rpt_issue_ledger": [ledger],
        "rpt_school_plan": [plan],
        "rpt_unit_task": [task],
        "fct_unit_performance": [{"county_code": "990101", "unit_zh": "规划股", "overdue_count": 1, "longest_overdue_days": 9}],
    }
    folder = site(tmp_path, rows)
    school = Page(folder / "school" / "990101-9901010000.html")
    assert "班额<超>标" in school.text
    assert "<超>" not in school.html
    assert "../issues/990101.html#990101-1" in school.links
    assert ["用房", "1", "新建", "9", "没有单价", "待定"] in school.rows  # what costs nothing has no price to wait for
    assert ["教师", "1", "调剂", "9", "", ""] in school.rows
    assert ["食堂", "1", "1", "0", "0", "1"] in [[row[0], *row[2:7]] for row in Page(folder / "issues" / "990101.html").rows]
    assert "规划.pdf" in Page(folder / "evidence" / "990101.html").text
    assert 'id="990101-1"' in (folder / "issues" / "990101.html").read_text(encoding="utf-8")
    unit = Page(folder / "unit" / "990101-规划股.html")
    assert ["班额<超>标", "9"] in unit.rows
    assert "牵头问题数" not in unit.text
    assert "逾期未了结数" in unit.text
    index = Page(folder / "index.html")
    assert "督导责任" not in index.text  # nobody delivers who answers for the schools
    assert not [path for name in ("duties", "area", "inspector", "leader") for path in (folder / name).iterdir()]
    assert "issues/990101.html" in index.links
    assert any(unquote(link) == "unit/990101-规划股.html" for link in index.links)
    found = json.loads((folder / "search-index.js").read_text(encoding="utf-8").removeprefix("var searchIndex = ").rstrip(";\n"))
    assert ["班额<超>标", "问题", "示范县", "issues/990101.html#990101-1"] in found
    assert {"学校", "单位", "指标", "问题"} <= {entry[1] for entry in found}
    for _, _, _, link in found:
        assert (folder / unquote(link).partition("#")[0]).exists(), link


def test_every_indicator_of_a_school_reads_as_in_the_mart(tmp_path: Path) -> None:
    folder = site(tmp_path)
    with duckdb.connect(str(tmp_path / "junheng.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            """
            select school_code, count(*), count(*) filter (where verdict = 'unmet'), count(*) filter (where verdict = 'undecided')
            from marts.fct_school_indicator where school_year = 2025 group by school_code
            """
        ).fetchall()
    assert len(rows) > 5
    for school, total, unmet, undecided in rows:
        page = Page(folder / "school" / f"990101-{school}.html")
        indicators = [row for row in page.rows if row and row[0] in ("小学", "初中") and len(row) > 7]
        assert len(indicators) == total
        assert sum("不达标" in " ".join(row) for row in indicators) == unmet
        assert sum("▨" in " ".join(row) for row in indicators) == undecided


def test_a_full_page_counts_what_it_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = noun_settings().model_copy(update={"most_rows": 12, "most_bytes": 1000})
    monkeypatch.setattr(nouns, "noun_settings", lambda: small)
    ledger = [{"issue_id": f"i{n}", "county_code": "990101", "title": f"问题{n}", "state_zh": "整改中"} for n in range(30)]
    keys = ("issue_id", "county_code", "title")
    rows = {"fct_issue": [{key: row[key] for key in keys} for row in ledger], "rpt_issue_ledger": ledger}
    page = Page(site(tmp_path, rows) / "issues" / "990101.html")
    assert "其余 18 条未列出，全部见数据文件 rpt_issue_ledger。" in page.text
    assert sum(row[0].startswith("问题") and row[-1] == "整改中" for row in page.rows if len(row) == 2) == 12


def test_a_ledger_of_thousands_fits_a_telephone(tmp_path: Path) -> None:
    long = "示范县第一初级中学教学及辅助用房面积不足，" * 3
    columns = ("title", "school_name", "lead_unit_zh", "leader_role_zh", "category_zh", "state_zh", "progress_zh", "source_zh")
    ledger = [{"issue_id": f"i{n}", "county_code": "990101", **dict.fromkeys(columns, long)} for n in range(2000)]
    rows = {"fct_issue": [{"issue_id": row["issue_id"], "county_code": "990101"} for row in ledger], "rpt_issue_ledger": ledger}
    size = (site(tmp_path, rows) / "issues" / "990101.html").stat().st_size
    assert 100_000 < size < 300_000


def test_a_province_has_pages_of_topics_and_none_of_each_school(tmp_path: Path) -> None:
    limit = noun_settings().kinds["school"].up_to_counties
    counties = [(f"99{n:04d}", f"县{n}") for n in range(limit + 1)]
    shape = Shape(counties=counties, years=(2025,), schools=2)
    write_site(write_marts(tmp_path / "m.duckdb", shape, make_rows(shape)), NOTHING, RELEASE, tmp_path / "site")
    folders = {path.name for path in (tmp_path / "site").iterdir() if path.is_dir()}
    assert "schools" in folders
    assert not folders & {"school", "unit", "requirement"}
    assert not any("school/" in link for link in Page(tmp_path / "site" / "schools" / "990001.html").links)


def test_a_city_has_its_counties_the_urgent_first_and_the_coefficients_between_them(tmp_path: Path) -> None:
    counties = [(f"99010{n}", f"县{n}") for n in range(1, 5)]
    write_site(write_marts(tmp_path / "m.duckdb", Shape(counties=counties, seed=5)), NOTHING, RELEASE, tmp_path / "site")
    page = Page(tmp_path / "site" / "city" / "示范市.html")
    with duckdb.connect(str(tmp_path / "m.duckdb"), read_only=True) as connection:
        over = connection.execute(
            """
            select county_name, (select count(*) from marts.fct_county_indicator i
                where i.county_code = d.county_code and i.school_year = 2025 and i.verdict = 'unmet') as n_over
            from marts.dim_county d where school_year = 2025
            """
        ).fetchall()
        means = connection.execute(
            """
            select pupils, county_mean from marts.fct_county_indicator
            where school_year = 2025 and stage = 'primary' and indicator_code = 'L2' order by county_code
            """
        ).fetchall()
        name = connection.execute(
            "select any_value(name_zh) from marts.dim_indicator where indicator_code = 'L2' and ruleset_id = 'national-2017'"
        ).fetchone()
    shown = [row for row in page.rows if row and row[0] == "示范市"]
    assert {row[1] for row in shown} == {county for county, _ in over}
    numbers = dict(over)
    assert [numbers[row[1]] for row in shown] == sorted(numbers.values(), reverse=True) != [0, 0, 0, 0]
    total = sum(pupils for pupils, _ in means)
    mean = sum(pupils * float(value) for pupils, value in means) / total
    spread = (sum(pupils * (float(value) - mean) ** 2 for pupils, value in means) / total) ** 0.5 / mean
    line = next(row for row in page.rows if name and name[0] in row and "小学" in row)
    assert float(line[line.index(name[0] if name else "") + 3]) == pytest.approx(spread, abs=6e-5)
    assert "../990101.html" in page.links
    assert any(unquote(link) == "city/示范市.html" for link in Page(tmp_path / "site" / "index.html").links)


def test_the_timetable_of_recognition_says_what_is_not_planned(tmp_path: Path) -> None:
    area = {"school_year": 2025, "city_name": "示范市", "province_name": "示范省"}
    plans = {"990101": None, "990102": 2028, "990103": 2026}
    named = [area | {"county_code": code, "county_name": f"县{code[-1]}"} for code in plans]
    scores = [row | {"planned_recognition_year": plans[row["county_code"]], "ruleset_id": "national-2017"} for row in named]
    rows = {"dim_county": named, "rpt_county_scorecard": scores}
    with duckdb.connect(str(every_mart(tmp_path / "m.duckdb", rows))) as connection:
        connection.execute("create temp table newest_county as select county_code, school_year from marts.dim_county")
        made = Nouns(connection, 3, {})
        made.kinds = {name: made.kinds[name] for name in ("city", "province")}
        pages = list(made.pages())
    assert {page.key for page in pages} == {"示范市", "示范省"}
    for page in pages:
        lines = next(table.rows for table in page.tables if table.title == "认定时间表")
        assert [re.findall(r">(20\d\d|待定)<|(县\d)", line) for line in lines] == [
            [("2026", ""), ("", "县3")],
            [("2028", ""), ("", "县2")],
            [("待定", ""), ("", "县1")],
        ]


def test_a_school_says_from_which_cell_each_figure_comes(tmp_path: Path) -> None:
    school = {
        "county_code": "990101",
        "school_year": 2025,
        "school_code": "9901010000",
        "unit_code": "9901010000",
        "submission_id": "s",
    }
    sources = [
        school
        | {
            "file_name": "990101/2025/学校.xlsx",
            "sheet": "表",
            "row_number": 7,
            "teaching_area_m2": "4210.5",
            "pupils_primary": 400,
        },
        school
        | {"unit_code": "9901010001", "file_name": "b.xls", "cells": '{"teaching_area_m2": "校舍!C5"}', "teaching_area_m2": 90},
    ]
    rows = {
        "rpt_school_source": sources,
        "dim_indicator_term": [
            {"ruleset_id": "national-2017", "indicator_code": "L4", "stage": stage, "item": "teaching_area_m2", "factor": 1}
            for stage in ("primary", "junior")
        ],
    }
    with duckdb.connect(str(every_mart(tmp_path / "m.duckdb", rows))) as connection:
        connection.execute("create temp table newest_county as select '990101' as county_code, 2025 as school_year")
        made = Nouns(connection, 1, {})
        made.kinds = {"school": made.kinds["school"]}
        page = next(page for page in made.pages() if page.key == "9901010000")
    lines = next(table.rows for table in page.tables if table.title == "数据从哪里来")
    assert [re.findall(r"<td[^>]*>([^<]*)</td>", line) for line in lines] == [
        ["小学在校生", "400", "990101/2025/学校.xlsx", "表", "7", "列“小学在校生”", ""],
        ["教学及辅助用房面积", "4,210.5", "990101/2025/学校.xlsx", "表", "7", "列“教学及辅助用房面积”", "生均教学及辅助用房面积"],
        ["教学及辅助用房面积", "90", "b.xls", "", "", "校舍!C5", "生均教学及辅助用房面积"],
    ]


def test_a_release_without_a_mart_has_no_section_of_it(tmp_path: Path) -> None:
    write_site(write_marts(tmp_path / "m.duckdb", Shape()), NOTHING, RELEASE, tmp_path / "site")
    assert not list((tmp_path / "site" / "unit").glob("*"))
    assert (tmp_path / "site" / "school" / "990101-9901010000.html").exists()


def cell(column: dict[str, Any], **row: Any) -> NounCell:
    made = Nouns.__new__(Nouns)
    made._labels, made._paths = {"verdict": {"unmet": "不达标"}}, {}
    return made._cell(NounColumnEntry.model_validate({"name": "value", **column}), row, "990101")


@pytest.mark.parametrize(
    ("column", "row", "text", "css"),
    [
        ({}, {"value": Decimal("4210.500000000000")}, "4,210.5", "n"),
        ({}, {"value": Decimal("0.333333333333")}, "0.3333", "n"),
        ({"decimals": 2, "beside": "standard"}, {"value": Decimal("4.4999"), "standard": Decimal("4.5")}, "4.4999", "n"),
        ({"percent": True}, {"value": Decimal("0.1234")}, "12.3%", "n"),
        ({"list": "verdict"}, {"value": "unmet"}, "◆ 不达标", "verdict unmet"),
        ({"is": "id"}, {"value": 2025}, "2025", "id"),
        ({}, {"value": True}, "是", ""),
        ({}, {"value": None}, "", ""),
        ({}, {"value": 0}, "0", "n"),
        ({"empty": "待定"}, {"value": None}, "待定", ""),
        ({"empty": "待定", "needed": "needs_money"}, {"value": None, "needs_money": True}, "待定", ""),
        ({"empty": "待定", "needed": "needs_money"}, {"value": None, "needs_money": False}, "", ""),
    ],
)
def test_a_cell_reads_as_its_column_says(column: dict[str, Any], row: dict[str, Any], text: str, css: str) -> None:
    assert cell(column, **row) == NounCell(text, css)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([(2023, "0.60"), (2024, "0.56")], "照此速度，2026—2027学年到限值以内（还要 2 年）"),
        ([(2023, "0.60"), (2024, "0.55")], "照此速度，2025—2026学年到限值以内（还要 1 年）"),
        ([(2023, "0.60"), (2024, "0.61")], "照此速度，到不了限值"),
        ([(2023, "0.48"), (2024, "0.49")], "照此速度，2026—2027学年将超出限值"),
        ([(2023, "0.48"), (2024, "0.45")], "照此速度，仍在限值以内"),
        ([(2024, "0.60")], "没有上一年，看不出速度"),
        ([(2022, "0.70"), (2024, "0.60")], "没有上一年，看不出速度"),
        ([], ""),
    ],
)
def test_the_pace_is_that_of_the_last_two_years(values: list[tuple[int, str]], text: str) -> None:
    assert pace([(year, Decimal(value)) for year, value in values], Decimal("0.5"), is_falling=True) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([(2023, "4.0"), (2024, "4.2")], "照此速度，2026—2027学年达到标准（还要 2 年）"),
        ([(2023, "4.0"), (2024, "4.25")], "照此速度，2025—2026学年达到标准（还要 1 年）"),
        ([(2023, "4.3"), (2024, "4.2")], "照此速度，到不了标准"),
        ([(2023, "4.7"), (2024, "4.6")], "照此速度，2026—2027学年将低于标准"),
        ([(2023, "4.4"), (2024, "4.5")], "照此速度，仍在标准以上"),
        ([(2024, "4.4")], "没有上一年，看不出速度"),
    ],
)
def test_the_pace_of_a_figure_that_should_rise(values: list[tuple[int, str]], text: str) -> None:
    assert pace([(year, Decimal(value)) for year, value in values], Decimal("4.5"), is_falling=False) == text


def test_a_line_has_a_dot_for_each_known_year_and_its_limit() -> None:
    chart = trend_chart("小学", [(2023, Decimal("0.6"), Decimal("0.5")), (2024, None, None), (2025, Decimal("0.4"), None)], True)
    assert [(dot.year, dot.text) for dot in chart.dots] == [("2023", "0.600"), ("2025", "0.400")]
    assert chart.dots[0].y < (chart.limit_y or 0) < chart.dots[1].y
    assert chart.limit == "限值 0.50"
    assert re.fullmatch(r"2023 年 0\.600，2025 年 0\.400", chart.described)
