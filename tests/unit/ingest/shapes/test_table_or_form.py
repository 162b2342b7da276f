"""A file in which a plain table fits completely is never a form, whatever its title, its sheet or its cells are called."""

from __future__ import annotations

from typing import Any

import pytest

from samples.declared import county, workbook_sheets
from samples.plain_sources import rows
from samples.shapes import DrawnSheet, workbook
from tests.unit.ingest.made import page, word

FINDINGS = [
    ["问题编号", "问题来源", "对应指标", "问题描述", "责任单位"],
    ["W01", "省级督导反馈", "L3", "体育、艺术教师不足", "县教育局"],
    ["W02", "省级督导反馈", "L5", "运动场地不足", "县教育局"],
    ["W03", "省级督导反馈", "G11", "交流轮岗教师不足", "县教育局"],
]
PROJECTS = [
    ["项目编号", "项目名称", "建设类型", "对应指标", "补足数量", "补足单位"],
    ["XM1", "综合楼", "新建", "L4", "300", "m2"],
    ["XM2", "操场", "运动场地", "L5", "900", "m2"],
]


def _containers(lines: list[list[str]], title: str) -> dict[str, bytes | str]:
    """The lines in a table of a document, of a page, and in workbooks that name or title them like a form."""
    import tests.unit.ingest.conftest as desk

    titled = [[title, *[""] * (len(lines[0]) - 1)], *lines]
    return {
        "word": word([lines]),
        "fourth table of a document": word([[["甲", "乙"]], [["甲", "乙"]], [["甲", "乙"]], lines]),
        "page": page(lines),
        "sheet": desk.Desk.xlsx({title.split()[0].removeprefix("附"): lines}),
        "title": desk.Desk.xlsx({"Sheet1": titled}),
        "titled document": word([titled]),
    }


@pytest.mark.parametrize("form", ["表1", "附表1", "附表2-1", "附表四", "表Ⅴ", "申报表六"])
@pytest.mark.parametrize(("lines", "contract"), [(FINDINGS, "findings.template"), (PROJECTS, "projects.template")])
def test_a_list_is_no_form(desk, form: str, lines: list[list[str]], contract: str) -> None:
    for name, data in _containers(lines, f"{form} 清单").items():
        result = desk.deliver(data)
        assert (result.contract, result.refused, result.parts) == (contract, False, []), name
        assert [row["requirement_code"] for row in desk.bronze(result)] == [
            line[lines[0].index("对应指标")] for line in lines[1:]
        ]


def test_a_list_that_lacks_a_column_is_no_form_either(desk, rules_of) -> None:
    """Nothing of it may be taken for declared figures."""
    lines = [[cell for place, cell in enumerate(line) if place != 1] for line in FINDINGS]
    for name, data in _containers(lines, "附表1 清单").items():
        result = desk.deliver(data)
        assert (rules_of(result), "问题来源" in result.reason) == ({"missing_column"}, True), name


def test_a_table_of_a_document_is_named_by_nobody(desk, rules_of) -> None:
    """Its number in the document is no name of a form."""
    lines = [["事项", "结果"], ["甲 L3", "12"], ["L3", "12"], ["L5", "15"]]
    assert rules_of(desk.deliver(word([lines]))) == {"unknown_layout"}
    assert rules_of(desk.deliver(page(lines))) == {"unknown_layout"}
    assert desk.deliver(desk.xlsx({"表1": lines})).contract == "declared_forms_item.form"


def test_the_plain_template_of_the_items_is_no_form(desk) -> None:
    lines = [["申报表号", "行次", "申报项目", "申报值"], ["I", "L1", "人口", "12"], ["I", "L2", "乡镇", "15"]]
    for name in ("表1", "Sheet1"):
        result = desk.deliver(desk.xlsx({name: [["附表1 清单"], *lines]}))
        assert (result.contract, result.rows_parsed) == ("declared_forms_item.template", 2)


def test_a_list_beside_the_forms_is_refused(desk, rules_of) -> None:
    """Also where it stands below a form in one sheet."""
    form = county(rows("declared_forms_county"))
    listed = DrawnSheet([["附表4 清单"], *FINDINGS])
    assert rules_of(desk.deliver(workbook({"表Ⅲ": form, "清单": listed}))) == {"several_sources"}
    below = DrawnSheet([*form.rows, [""], ["附表4 清单"], *FINDINGS], form.merged)
    assert rules_of(desk.deliver(workbook({"表Ⅲ": below}))) == {"several_sources"}


@pytest.mark.parametrize("name", ["基础基111", "教基1001"])
def test_a_plain_census_in_a_sheet_named_after_a_form(desk, name: str) -> None:
    result = desk.deliver(desk.xlsx({name: [[*desk.header, "初中在校生"], [*desk.school, ""]]}))
    assert (result.contract, result.refused) == ("school_census.template", False)


def test_the_declared_forms_stay_forms(desk) -> None:
    sheets: dict[str, Any] = workbook_sheets(rows("declared_forms_school"), rows("declared_forms_county"))
    first = desk.deliver(workbook(sheets))
    assert [result.contract for result in [first, *first.parts]] == [
        "declared_forms_item.form",
        "declared_forms_school.form",
        "declared_forms_county.form",
        "declared_forms_school.calculation",
    ]


def test_the_ledger_workbook_saved_as_a_page_is_sent_back(desk, rules_of) -> None:
    """A page has lost the hidden columns: the advice is to keep the workbook."""
    from ingest.schema.table import TableContract
    from ingest.shapes.contracts import load_contracts

    (contract,) = (c for c in load_contracts() if isinstance(c, TableContract) and c.edited)
    shown = [names[0] for names in (contract.columns or {}).values() if "编号" not in names[0] or "台账" in names[0]]
    lines = [["示范县问题整改台账"], ["对应指标", *shown], ["L3", *["甲"] * len(shown)], ["L5", *["乙"] * len(shown)]]
    for data in (page(lines), word([[line + [""] * (len(lines[1]) - len(line)) for line in lines]])):
        result = desk.deliver(data)
        assert rules_of(result) == {"export_lost_columns"}
        assert "另存为网页" in result.reason
        assert ".xlsx" in result.fix
