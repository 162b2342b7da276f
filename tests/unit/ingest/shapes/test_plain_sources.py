"""The county's other lists: each is known by its content, read whole, and says which row is wrong."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingest.schema.source import load_source
from ingest.schema.table import TableContract
from ingest.shapes.contracts import load_contracts
from ingest.shapes.header import HeaderFinder
from ingest.values.persons import person_key, pseudonym
from junheng.core.settings import PROJECT_ROOT
from samples import county
from samples.fields import Row
from samples.plain_sources import delivered, fields, rows, sources, write

SOURCES = sources()
TABLES = {c.id: c for c in load_contracts() if isinstance(c, TableContract)}
OF_OTHER_SAMPLES = {"county_items", "monitoring_result"}
"""Lists that the samples make by the rules of their own modules."""
PLAIN = {source: TABLES[f"{source}.template"] for source in SOURCES}


def required(source: str) -> list[str]:
    return [f.name for f in PLAIN[source].required_columns]


def expected(source: str) -> list[Row]:
    """The sample's rows as bronze holds them."""
    types = {f.name: f.type for f in load_source(source).fields}

    def kept(name: str, value: Any) -> Any:
        if value is not None and types[name] in {"amount", "value"}:
            return Decimal(str(value))
        return pseudonym(value, person_key()) if value is not None and types[name] == "person" else value

    return [{name: kept(name, value) for name, value in row.items()} for row in rows(source)]


def with_cell(source: str, field: str, value: object, row: int = 1) -> list[list[object]]:
    """The delivered list with one cell of one row (1 is the first below the header) changed."""
    table = delivered(source, rows(source))
    table[row][[f.name for f in fields(source)].index(field)] = value
    return table


@pytest.mark.parametrize("fmt", ["csv", "xlsx"])
@pytest.mark.parametrize("source", SOURCES)
def test_round_trip(desk, tmp_path: Path, source: str, fmt: Any) -> None:
    path = tmp_path / f"{source}.{fmt}"
    write(path, source, fmt)
    result = desk.deliver(path.read_bytes())
    assert not result.refused, result.reason
    assert (result.contract, result.faults, result.unknown_columns) == (f"{source}.template", [], [])
    names = [f.name for f in load_source(source).fields]
    assert names == [f.name for f in fields(source)]
    assert [{name: row[name] for name in names} for row in desk.bronze(result)] == expected(source)
    assert [(c.county_code, c.school_year, c.rows) for c in result.covered] == [("990101", 2025, len(rows(source)))]


@pytest.mark.parametrize("source", SOURCES)
def test_english_headers_give_the_same_rows(desk, source: str) -> None:
    zh, en = (desk.deliver(desk.csv(delivered(source, rows(source), language))) for language in ("zh", "en"))
    assert [{**row, "_submission_id": ""} for row in desk.bronze(en)] == [
        {**row, "_submission_id": ""} for row in desk.bronze(zh)
    ]
    assert len(desk.bronze(en)) == len(rows(source))


BAD = {
    "assessment_scores": ("mathematics", "缺", "“数学”的值“[*缺]+”不是数字"),
    "assessment_full_marks": ("full_marks", "100分", "“满分”的值“100分”不是数字"),
    "survey": ("valid", "97%", "“有效问卷”的值“97%”带有百分号"),
    "findings": ("school_code", "219900", "“学校标识码”的值“219900”不符合学校标识码的格式"),
    "ledger_update": ("event_date", "", "必填的“进展日期”是空的"),
    "inspection": ("lessons_given", "6.5", "“实授节数”的值“6.5”不是整数"),
    "responsibility": ("inspector_post", "某某", "“责任督学岗位”的文字不像这一列的内容"),
    "school_groups": ("school_code", "2.19900000E9", "“学校标识码”的值“.+”是被软件改成小数或科学计数的代码"),
    "school_venues": ("counts_here", "部分", "“计入本校面积”的值“.+”不是 1 或 0"),
    "room_list": ("area_m2", "约60", "“使用面积”的值“[*约]+60”不是数字"),
    "projects": ("budget_wan_yuan", "620万", "“总投资”的值“620万”不是数字"),
    "births": ("children", "", "必填的“人口数”是空的"),
    "class_list": ("pupils", "45人", "“班级人数”的值“45人”不是数字"),
    "school_succession": ("old_school_code", "城北小学", "“原学校标识码”的值“.+”不符合学校标识码的格式"),
    "declared_forms_school": ("declared_teaching_area", "达标", "“生均教学及辅助用房面积”的值“.+”不是数字"),
    "declared_forms_county": ("declared_composite", "#REF!", "“综合”的值“#REF!”"),
    "declared_forms_item": ("declared_value", "95%", "“申报值”的值“95%”带有百分号"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_one_bad_row_is_set_aside_with_its_sentence(desk, source: str) -> None:
    field, value, sentence = BAD[source]
    result = desk.deliver(desk.csv(with_cell(source, field, value)))
    assert not result.refused
    (fault,) = result.faults
    assert fault.row == 2
    assert re.search(sentence, fault.guidance), fault.guidance
    assert fault.guidance.startswith("第2行")
    assert fault.guidance.endswith("。")
    assert len(desk.quarantine(result)) == 1
    assert len(desk.bronze(result)) == len(rows(source)) - 1


@pytest.mark.parametrize(("source", "field"), [(s, f) for s in SOURCES for f in required(s)])
@pytest.mark.parametrize("workbook", [False, True], ids=["csv", "xlsx"])
def test_a_missing_column_is_refused_by_name(desk, source: str, field: str, workbook: bool) -> None:
    position = [f.name for f in fields(source)].index(field)
    table = [[cell for n, cell in enumerate(row) if n != position] for row in delivered(source, rows(source))]
    result = desk.deliver(desk.xlsx({"表": table}) if workbook else desk.csv(table))
    assert result.refused
    assert PLAIN[source].title_zh in result.reason
    assert PLAIN[source].fields.field(field).zh in result.reason
    assert not desk.bronze(result)


def full_header(contract: TableContract) -> list[object]:
    """Every column of a contract, under the first Chinese header."""
    return [contract.headers(f)[1 if contract.columns is None else 0] for f in contract.mapped]


def fits(contract: TableContract, header: list[object]) -> bool:
    found = HeaderFinder(contract).find([header])
    return found is not None and found.share == 1


@pytest.mark.parametrize("contract", TABLES.values(), ids=list(TABLES))
def test_no_file_of_one_source_matches_another(contract: TableContract) -> None:
    """Every table contract's file, with all of its columns and with the required ones only, against every plain list and back."""
    for header in (full_header(contract), [contract.headers(f)[0] for f in contract.required_columns]):
        matching = {other.source for other in TABLES.values() if fits(other, header)}
        if contract.source in PLAIN:
            assert matching == {contract.source}
        else:
            assert contract.source in matching
            assert not matching & set(PLAIN)


def test_every_plain_list_is_in_the_samples() -> None:
    """A list without a sample would be in none of these tests."""
    lists = {c.source for c in TABLES.values() if c.id == f"{c.source}.template" and c.on_bad_row == "quarantine"}
    assert lists - OF_OTHER_SAMPLES == set(SOURCES) == set(BAD)
    assert lists > OF_OTHER_SAMPLES


FROM_FOLDER = [s for s in SOURCES if load_source(s).field("county_code").from_folder]


@pytest.mark.parametrize("source", FROM_FOLDER)
def test_area_and_year_may_be_left_to_the_folder(desk, source: str) -> None:
    table = [row[2:] for row in delivered(source, rows(source))]
    result = desk.deliver(desk.csv(table))
    assert not result.refused, result.reason
    assert {(row["county_code"], row["school_year"]) for row in desk.bronze(result)} == {("990101", 2025)}
    assert desk.deliver(desk.csv(table), area="9901").refused


def test_the_folders_area_holds_for_the_lists_too(desk) -> None:
    result = desk.deliver(desk.csv(with_cell("births", "county_code", "990102")))
    assert result.refused
    assert "990102" in result.reason


def test_a_class_may_span_grades_and_need_not_state_its_pupils(desk) -> None:
    rows_found = [
        desk.bronze(desk.deliver(desk.csv(with_cell("class_list", field, value))))[0]
        for field, value in (("grade", "一年级"), ("grade", "1、2"), ("pupils", ""), ("pupils", "—"))
    ]
    assert [row["grade"] for row in rows_found] == ["1", "1、2", "1", "1"]
    assert [row["pupils"] is None for row in rows_found] == [False, False, True, True]


def test_the_sample_classes_are_those_of_the_census() -> None:
    census = {row["school_code"]: row for row in county.generate().census[2025]}
    found: Counter[tuple[str, str]] = Counter()
    for row in rows("class_list"):
        found[row["school_code"], row["stage"]] += 1
    stated = {(code, s): row[f"classes_{s}"] for code, row in census.items() for s in ("primary", "junior")}
    assert found == {place: classes for place, classes in stated.items() if classes}


def test_absent_is_minus_one_and_untested_is_unknown(desk) -> None:
    table = with_cell("assessment_scores", "mathematics", "缺考")
    row = desk.bronze(desk.deliver(desk.csv(table)))[0]
    assert (row["mathematics"], row["science"] is None, row["physics"]) == (Decimal(-1), False, None)


def test_a_pupil_is_a_hash_and_the_name_is_dropped(desk) -> None:
    table = delivered("assessment_scores", rows("assessment_scores"))
    table = [[*row, "姓名" if n == 0 else "张小明"] for n, row in enumerate(table)]
    result = desk.deliver(desk.csv(table))
    assert not result.refused
    assert [text for text in result.unknown_columns if "姓名" in text]
    kept = json.dumps(desk.bronze(result), default=str, ensure_ascii=False) + json.dumps(result.to_dict(), ensure_ascii=False)
    assert "张小明" not in kept
    assert not [row["pupil"] for row in rows("assessment_scores") if row["pupil"] in kept]


@pytest.mark.parametrize(
    ("source", "header"),
    [
        *(("findings", header) for header in ("责任人", "分管领导", "整改责任人", "复查人")),
        *(("ledger_update", header) for header in ("责任人", "复查人", "填表人")),
        *(("inspection", header) for header in ("检查人", "巡课人", "授课教师", "任课教师", "听课人")),
        *(("responsibility", header) for header in ("责任督学", "督学姓名", "包片领导", "联系人", "联系电话")),
    ],
)
def test_columns_of_officials_and_teachers_are_dropped(desk, source: str, header: str) -> None:
    table = delivered(source, rows(source))
    result = desk.deliver(desk.csv([[*row, header if n == 0 else "张三丰"] for n, row in enumerate(table)]))
    assert not result.refused
    assert [text for text in result.unknown_columns if text.startswith(header) and "未保存" in text]
    assert "张三丰" not in json.dumps(desk.bronze(result), default=str, ensure_ascii=False)


def test_a_name_in_the_place_of_a_post_is_not_quoted(desk) -> None:
    result = desk.deliver(desk.csv(with_cell("responsibility", "inspector_post", "张三丰")))
    assert "张三丰" not in json.dumps(result.to_dict(), ensure_ascii=False)
    assert len(desk.bronze(result)) == len(rows("responsibility")) - 1


def test_a_survey_total_is_a_record(desk) -> None:
    """表Ⅵ has a line 总计 and a line 其中家长: neither is the sum of the others."""
    found = desk.bronze(desk.deliver(desk.csv(with_cell("survey", "questionnaires", "312"))))
    assert [row["respondent_group"] for row in found][:2] == ["all", "parents"]


@pytest.mark.parametrize("source", SOURCES)
def test_the_page_of_a_source_lists_every_column(source: str) -> None:
    page = (PROJECT_ROOT / "docs" / "contracts" / f"{source}.md").read_text(encoding="utf-8")
    for field in load_source(source).fields:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{field.name}` | {field.zh}")]
        assert line.count("|") == 7
        assert ("yes" in line.split("|")[4]) == field.required
        assert all(alias in line for alias in field.aliases)
    for name, words in PLAIN[source].value_maps.items():
        if name != "grade" and load_source(source).field(name).type != "amount":
            assert all(f"`{code}`" in page for code in words.values())


def test_the_same_seed_gives_the_same_lists() -> None:
    assert rows("assessment_scores", 1) == rows("assessment_scores", 1) != rows("assessment_scores", 2)
