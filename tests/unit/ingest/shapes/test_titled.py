"""The county's own 申报表 as one workbook: each form is a delivery of its own, found by title, labels and L numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from junheng.core.records import ParseResult, part_id
from samples.declared import calculation, county, schools, workbook_sheets
from samples.fields import Row
from samples.plain_sources import rows
from samples.shapes import DrawnSheet, workbook

SCHOOLS = rows("declared_forms_school")
COUNTY = rows("declared_forms_county")
VALUES = [name for name in SCHOOLS[0] if name.startswith("declared_") and name not in {"declared_met", "declared_floor_met"}]
LABELS = schools(SCHOOLS).rows[2]


def deliver(desk, sheets: dict[str, DrawnSheet]) -> dict[str, ParseResult]:
    """Results by contract."""
    first = desk.deliver(workbook(sheets), name="申报表.xlsx")
    return {result.contract or "": result for result in [first, *first.parts]}


def expected(lines: list[Row], *names: str) -> list[dict[str, Any]]:
    return [{n: Decimal(str(v)) if isinstance(v := row[n], float) else v for n in names} for row in lines]


def kept(desk, result: ParseResult, *names: str) -> list[dict[str, Any]]:
    return [{name: row[name] for name in names} for row in desk.bronze(result)]


def one(desk, shape: DrawnSheet, sheet: str = "Sheet1") -> ParseResult:
    (result,) = deliver(desk, {sheet: shape}).values()
    assert not result.refused, result.reason
    return result


def test_each_form_of_the_workbook_is_a_delivery(desk) -> None:
    found = deliver(desk, workbook_sheets(SCHOOLS, COUNTY))
    assert [(r.source, r.refused, r.faults) for r in found.values()] == [
        ("declared_forms_item", False, []),
        ("declared_forms_school", False, []),
        ("declared_forms_county", False, []),
        ("declared_forms_school", False, []),
    ]
    first, *others = found.values()
    assert first.submission_id == first.sha256[:16]
    assert [r.submission_id for r in others] == [part_id(first.sha256, r.contract or "") for r in others]
    assert {r.file_id for r in found.values()} == {first.submission_id}
    assert "工作表“封面”（没有要读的表，未读入）" in first.left_out


def test_schools_by_stage_with_their_values(desk) -> None:
    result = deliver(desk, workbook_sheets(SCHOOLS, COUNTY))["declared_forms_school.form"]
    names = ("county_code", "school_year", "school_code", "school_name", "stage", "sponsor_code", *VALUES)
    by_stage = sorted(SCHOOLS, key=lambda row: row["stage"] != "primary")
    assert kept(desk, result, *names) == expected(by_stage, *names)
    assert result.unknown_columns == ["城乡类型", "班数"]
    told = "工作表“表Ⅱ-2”第5、{}行（分组行，不是记录，未读入）"
    juniors = sum(row["stage"] == "primary" for row in SCHOOLS) + 6
    last = len(SCHOOLS) + 7
    assert result.left_out == [told.format(juniors), f"工作表“表Ⅱ-2”第{last}、{last + 1}行（表尾说明，不是记录，未读入）"]
    assert '"declared_qualified": "表Ⅱ-2!G6"' in desk.bronze(result)[0]["_cells"]


def test_a_list_without_codes_is_known_by_names(desk) -> None:
    result = deliver(desk, workbook_sheets(SCHOOLS, COUNTY, coded=False))["declared_forms_school.form"]
    assert {row["school_code"] for row in desk.bronze(result)} == {None}
    assert {row["school_name"] for row in desk.bronze(result)} == {row["school_name"] for row in SCHOOLS}


def test_means_and_coefficients(desk) -> None:
    result = deliver(desk, workbook_sheets(SCHOOLS, COUNTY))["declared_forms_county.form"]
    names = ("stage", "measure", *(n for n in COUNTY[0] if n.startswith("declared_")))
    lines = expected(COUNTY, *names)
    assert kept(desk, result, *names) == [{k: Decimal(v) if isinstance(v, int) else v for k, v in row.items()} for row in lines]
    composites = [row["declared_composite"] is not None for row in COUNTY]
    assert [row["declared_composite"] is not None for row in desk.bronze(result)] == composites == [False, True, False, False]


def test_numbered_cells_with_their_labels(desk) -> None:
    result = deliver(desk, workbook_sheets(SCHOOLS, COUNTY))["declared_forms_item.form"]
    found = {(r["form"], r["line"]): r for r in desk.bronze(result)}
    assert len(found) == len(desk.bronze(result)) == 9 + 10 + 5 + 6 + 7

    def said(form: str, line: str) -> tuple[Any, ...]:
        row = found[form, line]
        return row["item_name"], row["declared_value"], row["declared_text"], row["declared_unit"], row["subject"]

    assert said("I", "L1") == ("人口/总人口（万人）", Decimal("41.36"), None, "万人", None)
    assert said("I", "L7") == ("学校/初中（所）", Decimal(11), None, "所", None)
    assert said("IV", "L1") == ("1/学校规划布局合理/是否合理", None, "合理", None, None)
    assert said("IV", "L9")[1:4] == (Decimal("19.4"), None, "%")
    assert said("V", "L5")[1:3] == (None, None)
    assert said("V", "L6")[2:] == ("Ⅲ级", None, "语文")
    assert said("V", "L9")[1] == Decimal("0.121")
    assert said("VI", "L4")[:4] == ("综合满意度", Decimal(89), None, "%")
    assert found["I", "L7"]["stage"] == "junior"


def test_the_calculation_alone_has_its_stage_in_a_column(desk) -> None:
    result = one(desk, calculation(SCHOOLS), "测算")
    assert result.contract == "declared_forms_school.calculation"
    names = ("school_name", "stage", *VALUES)
    assert kept(desk, result, *names) == expected(SCHOOLS, *names)


@pytest.mark.parametrize("place", ["title", "sheet"])
def test_the_stage_may_stand_in_the_title_or_the_name_of_the_sheet(desk, place: str) -> None:
    shape = calculation([row for row in SCHOOLS if row["stage"] == "junior"])
    for line in shape.rows[1:]:
        line[3] = "" if line[3] == "学段" else "城关镇"
    shape.rows[0][0] = "示范县初中测算表" if place == "title" else "测算表"
    result = one(desk, shape, "各校" if place == "title" else "初中")
    assert {row["stage"] for row in desk.bronze(result)} == {"junior"}


def test_a_form_without_a_title_is_known_by_its_sheet(desk) -> None:
    shape = county(COUNTY)
    result = one(desk, DrawnSheet(shape.rows[1:], [(top - 1, a, end - 1, b) for top, a, end, b in shape.merged[1:]]), "表三")
    assert (result.contract, len(desk.bronze(result))) == ("declared_forms_county.form", 4)


def test_numbers_stand_in_for_headers_that_are_not_known(desk) -> None:
    shape = schools(SCHOOLS)
    shape.rows[2][6] = "学历"
    assert kept(desk, one(desk, shape), "declared_qualified")[0] == expected(SCHOOLS, "declared_qualified")[0]


def test_a_label_decides_against_its_number(desk) -> None:
    """A local form that counts its columns otherwise."""
    shape = schools(SCHOOLS)
    shape.rows[3][6:13] = [f"L{n}" for n in (8, 7, 9, 10, 11, 12, 13)]
    assert kept(desk, one(desk, shape), *VALUES) == expected(sorted(SCHOOLS, key=lambda r: r["stage"] != "primary"), *VALUES)


def test_a_form_that_lacks_a_column_is_refused_by_name(desk) -> None:
    shape = schools(SCHOOLS)
    shape.rows[2][6], shape.rows[3][6] = "其他", ""
    result = desk.deliver(workbook({"表Ⅱ-2": shape}))
    assert (result.refused, "每百名学生拥有高于规定学历教师数" in result.reason) == (True, True)


def test_a_school_without_figures_stays_a_record(desk) -> None:
    shape = schools([{**SCHOOLS[0], **dict.fromkeys(VALUES)}, *SCHOOLS[1:]])
    result = one(desk, shape)
    assert len(desk.bronze(result)) == len(SCHOOLS)
    assert kept(desk, result, *VALUES)[0] == dict.fromkeys(VALUES)


def test_a_word_about_a_form_is_no_form(desk) -> None:
    notes = DrawnSheet([["填报说明"], ["表Ⅱ-2：指标保留两位小数"], ["表Ⅲ：差异系数保留三位小数"]])
    found = deliver(desk, {"说明": notes, "表Ⅲ": county(COUNTY)})
    assert list(found) == ["declared_forms_county.form"]
    assert "工作表“说明”（没有要读的表，未读入）" in found["declared_forms_county.form"].left_out


def test_a_census_beside_the_forms_is_refused(desk, rules_of) -> None:
    census = DrawnSheet([desk.header, desk.school])
    assert rules_of(desk.deliver(workbook({"表Ⅲ": county(COUNTY), "普查": census}))) == {"several_sources"}


def test_a_census_under_a_numbered_title_is_a_census(desk) -> None:
    result = desk.deliver(desk.xlsx({"表1": [["表1 学校基本情况"], desk.header, desk.school]}))
    assert (result.contract, result.refused) == ("school_census.template", False)


def test_a_percentage_in_a_list_is_a_fault(desk) -> None:
    shape = county(COUNTY)
    shape.rows[4][2] = "31.2%"
    result = one(desk, shape)
    (fault,) = result.faults
    assert (fault.rule, fault.sheet, fault.row, len(desk.bronze(result))) == ("percent_sign", "Sheet1", 5, 3)


def test_a_workbook_in_the_wrong_folder_is_refused_as_a_whole(desk) -> None:
    sheets = workbook_sheets(SCHOOLS, COUNTY)
    first = desk.deliver(workbook(sheets), area="9901")
    assert [result.refused for result in [first, *first.parts]] == [True] * 4
