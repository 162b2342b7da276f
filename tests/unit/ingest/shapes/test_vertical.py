"""A school's own form: 项目 and 值, one line per item."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ingest.inspect.original import Original
from ingest.landing import archive
from ingest.shapes.contracts import load_contracts
from junheng.core.records import LandedFile, ParseResult
from samples.county import generate
from samples.fields import template

ROW = next(row for row in generate().census[2025] if row["school_kind_code"] == "312")
ITEMS = [(field.label, field.name) for field in template("school_census") if ROW.get(field.name) is not None]
KEY = {"区划代码", "学年", "学校标识码", "学校名称", "办学类型码"}


def form(**changes: object) -> list[list[object]]:
    """The school's form with a number and a unit beside each item, as bureaus draw it."""
    lines: list[list[object]] = [["学校基本情况填报表"], ["序号", "项目", "单位", "数值"]]
    for number, (label, name) in enumerate(ITEMS, 1):
        lines.append([number, label, "", changes.get(label, ROW[name])])
    return lines


def without(*labels: str) -> list[list[object]]:
    return [line for line in form() if len(line) < 2 or line[1] not in labels]


def expected() -> dict[str, object]:
    return {name: Decimal(str(ROW[name])) if isinstance(ROW[name], float) else ROW[name] for _, name in ITEMS}


def kept(desk, result: ParseResult) -> dict[str, object]:
    (row,) = desk.bronze(result)
    return {name: row[name] for _, name in ITEMS}


@pytest.mark.parametrize("shape", ["xlsx", "csv", "tab"])
def test_round_trip(desk, shape: str) -> None:
    lines = form()
    data = desk.xlsx({"填报": lines}) if shape == "xlsx" else desk.csv(lines, "," if shape == "csv" else "\t")
    result = desk.deliver(data)
    assert (result.contract, result.covers, result.reason, result.unknown_columns) == ("school_census.vertical", "school", "", [])
    assert kept(desk, result) == expected()
    assert [(c.county_code, c.school_year, c.rows) for c in result.covered] == [("990101", 2025, 1)]


def test_each_sheet_is_a_school(desk) -> None:
    other = form(学校标识码="3199000099", 学校名称="另一所")
    result = desk.deliver(desk.xlsx({"甲": form(), "乙": other, "说明": [["请按实际填写"]]}))
    assert [row["school_name"] for row in desk.bronze(result)] == [ROW["school_name"], "另一所"]
    assert result.left_out == ["工作表“说明”（没有要读的表，未读入）"]


def test_area_and_year_may_be_left_to_the_folder(desk) -> None:
    result = desk.deliver(desk.xlsx({"填报": without("区划代码", "学年")}))
    assert not result.refused, result.reason
    assert kept(desk, result) == expected()


@pytest.mark.parametrize("label", sorted(KEY - {"区划代码", "学年"}))
def test_a_missing_item_is_refused_by_name(desk, label: str) -> None:
    result = desk.deliver(desk.xlsx({"填报": without(label)}))
    assert result.refused
    assert label in result.reason
    assert "学校填报表" in result.reason


def test_an_item_twice_and_a_stage_without_pupils_are_refused(desk, rules_of) -> None:
    twice = [*form(), [99, "图书册数", "", 5]]
    assert rules_of(desk.deliver(desk.xlsx({"填报": twice}))) == {"duplicate_header"}
    lacking = desk.deliver(desk.xlsx({"填报": without("初中在校生")}))
    assert "初中在校生" in lacking.reason


@pytest.mark.parametrize("shape", ["xlsx", "csv"])
def test_a_bad_value_is_named_with_its_line(desk, shape: str) -> None:
    lines = form(图书册数="约3万")
    number = next(n for n, line in enumerate(lines, 1) if line[1:2] == ["图书册数"])
    result = desk.deliver(desk.xlsx({"填报": lines}) if shape == "xlsx" else desk.csv(lines))
    (fault,) = result.faults
    assert (fault.rule, f"第{number}行" in fault.guidance, "图书册数" in fault.guidance) == ("not_a_number", True, True)


def test_other_items_are_kept_and_persons_dropped(desk) -> None:
    lines = [*form(), ["", "校长姓名", "", "慕容砚"], ["", "校训", "", "团结"], ["", "填表人", "", "尉迟砚"]]
    result = desk.deliver(desk.xlsx({"填报": lines}))
    assert result.unknown_columns == ["校长姓名（个人信息，未保存）", "校训"]
    assert desk.bronze(result)[0]["_extra"] == '{"校训": "团结"}'


@pytest.mark.parametrize("shape", ["xlsx", "csv"])
def test_explain_finds_the_cell_again(desk, shape: str) -> None:
    lines = form()
    result = desk.deliver(desk.xlsx({"填报": lines}) if shape == "xlsx" else desk.csv(lines))
    (row,) = desk.bronze(result)
    contract = next(c for c in load_contracts() if c.id == result.contract)
    data = archive.path_of(desk.home, result.sha256).read_bytes()
    original = Original(data, contract, LandedFile(result.file_name, len(data), "990101", 2025, result.sha256))
    addresses = {"books": f"填报!D{_line_of(lines)}"} if shape == "xlsx" else {}
    (cell,) = original.cells("books", row["_sheet"], row["_row"], addresses)
    assert (cell.row, cell.column, cell.value) == (_line_of(lines), "D", Decimal(ROW["books"]))


def _line_of(lines: list[list[object]]) -> int:
    return next(n for n, line in enumerate(lines, 1) if line[1:2] == ["图书册数"])


def test_an_item_list_of_a_county_is_no_school(desk) -> None:
    header = ["区划代码", "学年", "指标代码", "项目代码", "数值", "单位"]
    result = desk.deliver(desk.csv([header, ["990101", "2025", "G11", "G11.eligible", "10", "人"]]))
    assert result.contract == "county_items.template"
