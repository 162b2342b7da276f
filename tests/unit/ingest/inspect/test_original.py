"""Every number of bronze is found again in the original, whatever the shape of the file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingest.inspect.original import agree
from ingest.schema.source import load_source
from samples.county import generate
from samples.landing import write_landing
from samples.shapes import Fill, jichu_workbook, wide_table, workbook
from tests.unit.ingest.made import cells, original, school

_NUMBERS = [field.name for field in load_source("school_census").fields if field.type in ("count", "amount")]


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "landing"
    write_landing(generate(), folder)
    return folder


def test_every_number_of_the_sample_is_found_in_its_file(desk: Any, landing: Path) -> None:
    shapes: dict[str, int] = {}
    for path in sorted(landing.rglob("*")):
        area, year = path.relative_to(landing).parts[:2] if path.is_file() else ("", "")
        if not path.is_file():
            continue
        result = desk.deliver(path.read_bytes(), area, int(year), path.name)
        if result.source != "school_census":
            continue
        read = original(desk, result)
        for row in desk.bronze(result):
            for field in _NUMBERS:
                if row[field] is None:
                    continue
                found = cells(read, row, field)
                assert found, (path.name, field)
                assert agree(found, Decimal(row[field])), (path.name, field)
                assert not agree(found, Decimal(row[field]) + 1)
                shapes[result.contract] = shapes.get(result.contract, 0) + 1
    assert shapes["school_census.template"] > 1000
    assert shapes["school_census.jj_workbook"] > 20


def test_the_text_is_shown_as_it_stands_there(desk: Any) -> None:
    rows = [["示范县教育局"], desk.header, desk.school_row(小学在校生="１,２３４")]
    result = desk.deliver(desk.csv(rows))
    (row,) = desk.bronze(result)
    (cell,) = cells(original(desk, result), row, "pupils_primary")
    assert (cell.text, cell.value) == ("１,２３４", 1234)
    assert (cell.row, cell.column, cell.header, cell.sheet) == (3, "F", "小学在校生", None)


def test_an_empty_cell_is_found_and_says_nothing(desk: Any) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school_row(小学专任教师="—")]))
    (row,) = desk.bronze(result)
    (cell,) = cells(original(desk, result), row, "teachers_primary")
    assert (cell.text, cell.value) == ("—", None)


def test_a_field_without_a_column_has_no_cell(desk: Any) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school]))
    (row,) = desk.bronze(result)
    assert cells(original(desk, result), row, "multimedia_rooms") == []


def test_quotes_that_only_one_delimiter_allows(desk: Any) -> None:
    text = ";".join(desk.header) + "\n" + ";".join(desk.school_row(学校名称='"示范,小学"')) + "\n"
    result = desk.deliver(text)
    (row,) = desk.bronze(result)
    (cell,) = cells(original(desk, result), row, "pupils_primary")
    assert cell.value == 300


def confirmed(desk: Any, result: Any) -> int:
    """How many numbers of bronze were found in the original; fails where one is not."""
    assert not result.refused, result.reason
    read = original(desk, result)
    numbers = [(row, field) for row in desk.bronze(result) for field in _NUMBERS if row[field] is not None]
    for row, field in numbers:
        assert agree(cells(read, row, field), Decimal(row[field])), field
    return len(numbers)


@pytest.mark.parametrize("fill", ["merged", "repeated"])
def test_the_numbers_of_a_wide_table_are_found(desk: Any, fill: Fill) -> None:
    shape = wide_table([school(), school(2)], "primary", fill)
    assert confirmed(desk, desk.deliver(workbook({"Sheet1": shape}), name="小学.xlsx")) > 15


def test_the_numbers_of_a_wide_table_in_text_are_found(desk: Any) -> None:
    result = desk.deliver(desk.csv(wide_table([school(), school(2)], "primary", "repeated").rows), name="小学.csv")
    assert confirmed(desk, result) > 15
    (first, _) = desk.bronze(result)
    (cell,) = cells(original(desk, result), first, "pupils_primary")
    assert (cell.sheet, cell.text) == (None, "400")


def test_the_numbers_of_an_older_form_workbook_are_found(desk: Any) -> None:
    assert confirmed(desk, desk.deliver(jichu_workbook(school()), name="小学.xlsx")) > 8


def test_the_numbers_of_a_web_page_named_xls_are_found(desk: Any) -> None:
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in (desk.header, desk.school))
    page = f"<html><head><meta charset='utf-8'></head><body><table>{lines}</table></body></html>"
    assert confirmed(desk, desk.deliver(page, name="普查.xls")) == 2
