"""One school told twice in a file: both places are named, and whether anybody sees them."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from tests.unit.ingest.made import judged

CLASSES = ["学校标识码", "学校名称", "年级", "班级名称", "班级人数"]


def _book(desk: Any, hidden: bool) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        for name in ("普查", "普查(2)"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, desk.header)
            sheet.write_row(1, 0, desk.school)
            if hidden and name != "普查":
                sheet.very_hidden()
    return buffer.getvalue()


@pytest.mark.parametrize(("hidden", "other"), [(True, "工作表“普查(2)”（隐藏）第2行"), (False, "工作表“普查(2)”第2行")])
def test_a_repeated_code_names_the_other_place(desk, tmp_path, hidden: bool, other: str) -> None:
    night = judged(desk, tmp_path, {"普查.xlsx": _book(desk, hidden)})
    (row,) = night.read_table("submissions").to_pylist()
    assert row["status"] == "refused"
    assert row["reason"].startswith("工作表“普查”第2行“学校标识码”")
    assert f"学校标识码重复，另一处在{other}" in row["reason"]
    back = [fault["guidance"] for fault in night.read_table("quarantined_rows").to_pylist() if fault["sheet"] == "普查(2)"]
    assert any("另一处在工作表“普查”第2行" in text for text in back)


def test_three_rows_each_name_another(desk, tmp_path) -> None:
    lines = [desk.header, *[desk.school] * 3]
    night = judged(desk, tmp_path, {"普查.csv": desk.csv(lines).encode()})
    faults = [row for row in night.read_table("quarantined_rows").to_pylist() if row["rule"] == "school_code_unique"]
    assert [(row["row"], row["guidance"].partition("另一处在")[2][:3]) for row in faults] == [
        (2, "第3行"),
        (3, "第2行"),
        (4, "第2行"),
    ]


def test_one_code_with_two_names_is_told_with_both_places(desk, tmp_path) -> None:
    lines = [CLASSES, ["2199010001", "甲小学", "1", "一班", "40"], ["2199010001", "乙小学", "2", "一班", "41"]]
    night = judged(desk, tmp_path, {"班级.csv": desk.csv(lines).encode()})
    (row,) = [r for r in night.read_table("check_results").to_pylist() if r["check_id"] == "ingest.school_told_twice"]
    assert (row["status"], row["rows_failed"]) == ("warn", 1)
    assert "第3行标识码“2199010001”的“学校”是“乙小学”，第2行同一标识码写作“甲小学”" in row["observed"]
    assert [r["status"] for r in night.read_table("submissions").to_pylist()] == ["accepted"]


@pytest.mark.parametrize("column", ["学校名称", "办学类型码"])
def test_a_census_says_what_differs(desk, column: str) -> None:
    other = desk.school_row(**{column: {"学校名称": "别的小学", "办学类型码": "218"}[column]})
    result = desk.deliver(desk.csv([desk.header, desk.school, other]))
    assert [(note.rule, note.row, note.column) for note in result.notes] == [("school_told_twice", 3, column)]


def test_a_code_of_two_counties_is_told_as_well(desk) -> None:
    """The file of a city is taken, and says that one code has two names."""
    header = [*desk.header, "初中在校生"]
    rows = [[*desk.school, ""], [*desk.school_row(区划代码="990102", 学校名称="别的小学"), ""]]
    result = desk.deliver(desk.csv([header, *rows]), area="9901")
    assert not result.refused, result.reason
    assert [(note.rule, note.row) for note in result.notes] == [("school_told_twice", 3)]


def test_what_says_the_same_is_not_told(desk) -> None:
    lines = [CLASSES, ["2199010001", "甲小学（东）", "1", "一班", "40"], ["2199010001", "甲小学(东)", "2", "一班", "41"]]
    assert desk.deliver(desk.csv(lines)).notes == []
    kinds = desk.csv([desk.header, desk.school, desk.school_row(办学类型码="小学", 学校标识码="2199010001")])
    assert desk.deliver(kinds).notes == []


def test_many_are_counted(desk, tmp_path) -> None:
    lines = [[*CLASSES], *(["2199010001", f"小学{n}", "1", f"{n}班", "40"] for n in range(8))]
    night = judged(desk, tmp_path, {"班级.csv": desk.csv(lines).encode()})
    (row,) = [r for r in night.read_table("check_results").to_pylist() if r["check_id"] == "ingest.school_told_twice"]
    assert (row["rows_failed"], row["observed"].endswith("（共7处）")) == (7, True)


def _told(night: Any) -> dict[str, tuple[str, int, str]]:
    """Status, count and sentence of the check by file."""
    files = {row["submission_id"]: row["file_name"].rpartition("/")[2] for row in night.read_table("submissions").to_pylist()}
    rows = [r for r in night.read_table("check_results").to_pylist() if r["check_id"] == "ingest.school_told_twice"]
    return {files[row["submission_id"]]: (row["status"], row["rows_failed"], row["observed"]) for row in rows}


def test_files_of_one_night_that_name_a_school_differently_are_told(desk, tmp_path) -> None:
    """They complete each other and are both taken; whoever reads it learns that one code has two names."""
    both = [*desk.header[:-2], "小学在校生", "初中在校生"]
    school = desk.school[:-2]
    files = {
        "小学.csv": desk.csv([both, [*desk.school_row(学校名称="甲学校", 办学类型码="312")[:-2], "300", ""]]).encode(),
        "初中.csv": desk.csv([both, [*school[:3], "乙学校", "312", "", "200"]]).encode(),
    }
    night = judged(desk, tmp_path, files)
    assert [r["status"] for r in night.read_table("submissions").to_pylist()] == ["accepted"] * 2
    told = _told(night)
    assert {name: said[:2] for name, said in told.items()} == {"小学.csv": ("warn", 1), "初中.csv": ("warn", 1)}
    assert (
        "第2行标识码“2199010001”的“学校名称”是“甲学校”，文件“990101/2025/初中.csv”第2行同一标识码写作“乙学校”"
        in told["小学.csv"][2]
    )
    assert "文件“990101/2025/小学.csv”第2行同一标识码写作“甲学校”" in told["初中.csv"][2]


def test_names_of_lists_are_compared_between_files_and_within_each(desk, tmp_path) -> None:
    """Nothing is told of ways to write one name, nor of one code in one file; each line of the file beside the other's."""
    files = {
        "一.csv": desk.csv(
            [CLASSES, ["2199010001", "甲小学（东）", "1", "一班", "40"], ["2199010002", "丙小学", "1", "一班", "40"]]
        ),
        "二.csv": desk.csv([CLASSES, ["2199010001", "甲小学(东)", "2", "一班", "41"]]),
        "三.csv": desk.csv([CLASSES, ["2199010002", "丁小学", "2", "一班", "41"], ["2199010002", "丙小学", "3", "一班", "41"]]),
    }
    told = _told(judged(desk, tmp_path, {name: text.encode() for name, text in files.items()}))
    assert {name: said[1] for name, said in told.items()} == {"一.csv": 1, "三.csv": 2}
    assert "第3行同一标识码写作" not in told["一.csv"][2]
    assert "文件“990101/2025/三.csv”第2行同一标识码写作“丁小学”" in told["一.csv"][2]
