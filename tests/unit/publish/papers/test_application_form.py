"""The 申报表 as a paper: what the marts say stands in the cells of the form, and comes back from them."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from junheng.core.home import Home
from junheng.core.settings import FORMS
from publish.papers.application_form import application_forms, layout, sentences
from publish.tables.reading import CountyYear
from tests.marts import create_mart
from tests.unit.ingest.made import Desk

COUNTY = CountyYear("990101", "示范县", "示范市", 2025, True)
KEY = {"county_code": "990101", "school_year": 2025}
RULES = KEY | {"ruleset_id": "national-2017"}
FOOTER = {"release": "r0001-abc", "state": "未签发", "created_at": "2026-03-01T01:00:00+08:00"}
STAGES = ("primary", "junior")
VALUES = [f"l{number}" for number in range(7, 14)]


def schools() -> list[dict[str, Any]]:
    """Two primary schools and a junior one; of the last a value is not known."""
    names = [("primary", 1, "城关小学"), ("primary", 2, "柳湾小学"), ("junior", 1, "第一初级中学")]
    rows = []
    for place, (stage, sequence, name) in enumerate(names):
        texts = {f"{value}_text": f"{place + 1}.{index:02}" for index, value in enumerate(VALUES)}
        rows.append(
            RULES | texts | {"stage": stage, "sequence": sequence, "school_code": f"219901000{place}", "school_name": name}
        )
        rows[-1] |= {
            "pupils_text": "600",
            "sponsor_code": "7",
            "verdict": "met",
            "note_zh": "7项达标",
            "grades": 6,
            "classes": 14,
        }
    rows[-1] |= {"l9_text": "待定", "verdict": "undecided", "classes": None}
    return rows


@pytest.fixture
def marts(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(tmp_path / "junheng.duckdb"))
    verdicts = {f"g{number}_verdict": "met" for number in range(1, 16)} | {
        f"q{number}_verdict": "unmet" for number in range(1, 10)
    }
    create_mart(
        connection, "rpt_county_scorecard", [RULES | verdicts | {"school_year_label": "2025—2026学年", "g2_verdict": None}]
    )
    create_mart(connection, "dim_ruleset", [{"ruleset_id": "national-2017", "name_zh": "优质均衡"}])
    labels = {"met": "达标", "unmet": "不达标", "undecided": "待定"}
    codes = [{"list": "verdict", "code": code, "label_zh": label} for code, label in labels.items()]
    codes += [{"list": "stage", "code": stage, "display_order": place} for place, stage in enumerate(STAGES)]
    create_mart(connection, "dim_code", codes)
    basic = [KEY | {"line": f"L{number}", "value_text": str(number), "computed_text": None} for number in range(1, 24)]
    create_mart(connection, "rpt_form_1", [*basic, KEY | {"line": "L24", "value_text": "7", "computed_text": "901"}])
    shares = [
        RULES
        | {
            "stage": stage,
            "line": line,
            "schools_met_text": "2",
            "share_met_text": "66.7",
            "school_count": 3,
            "combined_count": 1,
        }
        for stage in STAGES
        for line in (*(f"L{number}" for number in range(1, 8)), "total")
    ]
    create_mart(connection, "rpt_form_2_1", shares)
    create_mart(connection, "rpt_form_2_2", schools())
    means = {f"l{number}_text": f"{number}.10" for number in range(1, 8)} | {"l8_text": "——"}
    rates = {f"l{number}_text": f"0.{number}00" for number in range(1, 9)}
    measures = {"mean": means, "coefficient": rates}
    create_mart(
        connection,
        "rpt_form_3",
        [RULES | {"stage": stage, "measure": measure} | texts for stage in STAGES for measure, texts in measures.items()],
    )
    for form, count in (("4", 15), ("5", 9)):
        items = [
            RULES | {"item_number": number, "display_order": number, "conclusion_zh": f"结论{form}-{number}"}
            for number in range(1, count + 1)
        ]
        create_mart(connection, f"rpt_form_{form}", items)
    known = {("IV", 9, "教师培训完成率"): "99.9", ("IV", 9, "全县教师"): "1300", ("IV", 5, "小学/超过45人的班级"): "0"}
    blanks = [
        RULES | {"form": form, "item_number": number, "blank": blank, "value_text": text}
        for (form, number, blank), text in (known | {("IV", 9, "完成360学时培训的教师"): None}).items()
    ]
    create_mart(connection, "rpt_form_blank", blanks)
    survey = [RULES | {"line": f"L{number}", "total_text": str(100 + number), "parents_text": "待定"} for number in range(1, 8)]
    create_mart(connection, "rpt_form_6", survey)
    return connection


def book(marts: duckdb.DuckDBPyConnection) -> bytes:
    (content,) = application_forms(marts, COUNTY, FOOTER).values()
    return content


def test_cells_say_what_the_marts_say(marts: duckdb.DuckDBPyConnection) -> None:
    sheets = openpyxl.load_workbook(io.BytesIO(book(marts)))
    assert sheets.sheetnames == [sheet.name for sheet in layout().sheets]
    edges = [(sheet.oddHeader.left.text, sheet.oddHeader.right.text, sheet.oddFooter.center.text) for sheet in sheets]
    assert edges == [("示范县", "2025—2026学年", "数据版本 r0001-abc（未签发）　第 &P 页，共 &N 页")] * 7
    assert [cell.value for cell in sheets["表Ⅰ"][9]] == [*range(1, 24), 901]  # what is counted stands before what was stated
    assert [sheets["表Ⅱ-1"].cell(row, 10).value for row in (4, 5, 6, 7)] == [2, 66.7, 2, 66.7]
    rows = [[cell.value for cell in row] for row in sheets["表Ⅱ-2"].iter_rows(min_row=4, max_row=7)]
    assert [row[:2] for row in rows] == [[1, "城关小学"], [2, "柳湾小学"], [None, None], [1, "第一初级中学"]]
    assert rows[0][2:] == [7, 600, 6, 14, *(1 + index / 100 for index in range(7)), "达标", "7项达标"]
    assert rows[3][4:9] == [6, None, 3, 3.01, "待定"]
    assert rows[3][13] == "待定"
    assert "小学学校总数3所（其中：一贯制学校的小学部有1所，50人及以上教学点有＿＿个）" in sheets["表Ⅱ-2"]["A8"].value
    assert [cell.value for cell in sheets["表Ⅲ"][4]][2:] == [*(number + 0.1 for number in range(1, 8)), "——"]
    assert sheets["表Ⅲ"]["C5"].number_format == "0.000"
    assert [cell.value for cell in sheets["表Ⅵ"][6]] == ["计", *range(101, 108)]
    assert [cell.value for cell in sheets["表Ⅵ"][7]] == ["其中：家长", *["待定"] * 7]


def test_sentences_have_their_figures_and_a_blank_where_nothing_is_known(marts: duckdb.DuckDBPyConnection) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(book(marts)))["表Ⅳ"]
    lines = [[sheet.cell(row, column).value for column in (1, 2, 3)] for row in range(3, 20)]
    said = {(name or "").partition(".")[0]: figures for name, *figures in lines}
    assert said["9"] == ["完成360学时培训的教师＿＿人，全县教师1300人，教师培训完成率99.9%", "达标"]
    assert said["5"] == ["超过45人的小学班级0个，超过50人的初中班级＿＿个", "达标"]
    assert said["1"] == ["结论4-1", "达标"]
    assert said["2"][1] is None


def test_every_blank_of_the_form_has_its_figure() -> None:
    """The seed that says what belongs into a blank names each one of the contract's sentences, in their order."""
    with open(FORMS / "form_blanks.csv", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    seeded: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        blanks = seeded.setdefault((row["form"], row["item_number"]), [])
        blanks.append(row["blank"])
        assert int(row["blank_order"]) == len(blanks)
    named = {
        (form, number): re.findall(r"\{([^}]*)\}", sentence)
        for form, of_form in sentences().items()
        for number, sentence in of_form.items()
    }
    assert seeded == named


def test_the_form_is_laid_out_as_the_national_one() -> None:
    """Its labels stand in their cells: a sheet of each form, numbers of the columns where the readers look for them."""
    cells = {sheet.name: sheet.cells for sheet in layout().sheets}
    assert list(cells) == ["表Ⅰ", "表Ⅱ-1", "表Ⅱ-2", "表Ⅲ", "表Ⅳ", "表Ⅴ", "表Ⅵ"]
    assert cells["表Ⅰ"]["A8"] == tuple(f"L{number}" for number in range(1, 25))
    assert cells["表Ⅱ-2"]["A3"] == tuple(f"L{number}" for number in range(1, 15))


def test_what_is_written_is_read_back_by_our_own_contracts(marts: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    (tmp_path / "files").mkdir()
    desk = Desk(home, tmp_path / "files")
    first = desk.deliver(book(marts), name="申报表.xlsx")
    results = {result.source: result for result in [first, *first.parts]}
    assert {source: (result.refused, result.faults) for source, result in results.items()} == {
        source: (False, []) for source in ("declared_forms_item", "declared_forms_school", "declared_forms_county")
    }
    listed = desk.bronze(results["declared_forms_school"])
    assert [(row["stage"], row["school_name"], row["declared_pupils"]) for row in listed] == [
        ("primary", "城关小学", 600),
        ("primary", "柳湾小学", 600),
        ("junior", "第一初级中学", 600),
    ]
    fields = [
        f"declared_{name}"
        for name in ("qualified", "backbone", "pe_art", "teaching_area", "sports_area", "equipment", "multimedia")
    ]
    for row, school in zip(listed, schools(), strict=True):
        printed = [None if (text := school[f"{value}_text"]) == "待定" else Decimal(text) for value in VALUES]
        assert [row[field] for field in fields] == printed
    county = desk.bronze(results["declared_forms_county"])
    assert [(row["stage"], row["measure"], row["declared_qualified"]) for row in county] == [
        (stage, measure, Decimal(text)) for stage in STAGES for measure, text in (("mean", "1.1"), ("coefficient", "0.1"))
    ]
    items = desk.bronze(results["declared_forms_item"])
    assert [row["declared_value"] for row in items if (row["form"], row["line"]) == ("I", "L24")] == [901]
    figures = {row["item_name"].rpartition("/")[2]: row["declared_value"] for row in items if row["form"] == "IV"}
    assert figures["教师培训完成率"] == Decimal("99.9")
    assert figures["超过45人的班级"] == 0


def test_the_same_release_gives_the_same_bytes(marts: duckdb.DuckDBPyConnection) -> None:
    assert book(marts) == book(marts)
    assert list(application_forms(marts, COUNTY, FOOTER)) == ["申报表_优质均衡_2025—2026学年.xlsx"]


def test_a_county_without_the_form_has_no_paper(marts: duckdb.DuckDBPyConnection) -> None:
    marts.execute("delete from marts.rpt_form_2_2")
    assert application_forms(marts, COUNTY, FOOTER) == {}
