"""Layouts and names of real exports that no other test holds (docs/runbooks/ingest_exports.md lists them)."""

from __future__ import annotations

from pathlib import Path

import pytest

from samples import shapes
from samples.shapes import DrawnSheet, framed, jichu_workbook, wide_table, workbook
from tests.unit.ingest.made import judged, school

SCHOOL = {
    **school(1),
    "school_kind_code": "211",
    "backbone_primary": 5,
    "teachers_primary": 30,
    "qualified_primary": 20,
    "pe_art_primary": 4,
}


def test_a_last_column_of_counted_tens_is_no_figure(desk) -> None:
    """The client of the older series numbers every tenth line at the right edge too."""
    data = jichu_workbook(SCHOOL)
    plain = desk.bronze(desk.deliver(data, year=2025))

    def numbered(shape: DrawnSheet) -> DrawnSheet:
        width = max(map(len, shape.rows))
        rows = [[*line, *[""] * (width - len(line)), str(10 * number)] for number, line in enumerate(shape.rows, 1)]
        return DrawnSheet(rows, shape.merged)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "framed", lambda shape: numbered(framed(shape)))
        changed = jichu_workbook(SCHOOL)
    assert changed != data
    found = desk.bronze(desk.deliver(changed, year=2025))
    assert [{**row, "_submission_id": ""} for row in found] == [{**row, "_submission_id": ""} for row in plain]


def test_a_title_with_a_line_break(desk) -> None:
    result = desk.deliver(
        desk.xlsx({"a": [["附件1：\n示范县学校普查表"], ["单位：示范县教育局\r\n（盖章）"], desk.header, desk.school]})
    )
    assert (result.refused, result.rows_parsed) == (False, 1)


def test_a_code_is_a_number_in_one_file_and_text_in_its_sister(desk) -> None:
    number = desk.deliver(desk.xlsx({"a": [desk.header, desk.school_row(学校标识码=2199010001.0)]}))
    text = desk.deliver(desk.xlsx({"a": [desk.header, desk.school_row(学校标识码="2199010001")]}))
    assert [row["school_code"] for r in (number, text) for row in desk.bronze(r)] == ["2199010001"] * 2


def test_a_sign_lost_in_a_name_is_no_other_school(desk, tmp_path: Path) -> None:
    """槺榔國小 → ?榔國小: the code says who it is, so two such files do not contradict each other."""
    files = {
        f"{number}.csv": desk.csv([desk.header, desk.school_row(学校名称=name)]).encode()
        for number, name in enumerate(("槺榔国小", "?榔国小"))
    }
    night = judged(desk, tmp_path, files)
    assert [row["status"] for row in night.read_table("submissions").to_pylist()] == ["accepted"] * 2


def test_schools_of_one_name_are_told_apart_by_their_codes(desk, tmp_path: Path) -> None:
    rows = [desk.school_row(学校标识码=f"219901000{n}", 学校名称="中心小学") for n in (1, 2)]
    night = judged(desk, tmp_path, {"普查.csv": desk.csv([desk.header, *rows]).encode()})
    (row,) = night.read_table("submissions").to_pylist()
    assert (row["status"], row["rows_accepted"]) == ("accepted", 2)


def test_a_column_that_was_renamed_between_the_years(desk) -> None:
    header = ["小学在校生数" if text == "小学在校生" else text for text in desk.header]
    (row,) = desk.bronze(desk.deliver(desk.csv([header, desk.school])))
    assert row["pupils_primary"] == 300


@pytest.mark.parametrize("name", ["鼓楼区", "福建省鼓楼区"])
def test_an_area_whose_name_others_have_is_not_guessed(desk, rules_of, name: str) -> None:
    shape = wide_table([{**school(1), "county_code": name}], "primary")
    assert rules_of(desk.deliver(workbook({"a": shape}), area="99", name="小学.xlsx")) >= {"not_a_code"}


@pytest.mark.parametrize("text", ["=1+1", "+86小学", "@示范小学", "\t示范小学", "-"])
def test_what_a_spreadsheet_would_run_is_text(desk, text: str) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school_row(学校名称=text)]))
    found = [row["school_name"] for row in desk.bronze(result)]
    assert found == ([] if text == "-" else [text.strip()])


@pytest.mark.parametrize("text", ["５４平方米", "１间", "54㎡"])
def test_a_figure_with_its_unit_is_a_fault_and_quoted(desk, text: str) -> None:
    header = [*desk.header, "教学及辅助用房面积"]
    result = desk.deliver(desk.csv([header, [*desk.school, text]]))
    (fault,) = result.faults
    assert (fault.rule, fault.column) == ("not_a_number", "教学及辅助用房面积")
    assert result.refused
