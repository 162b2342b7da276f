"""How the cells of a workbook come from the process that reads it."""

from __future__ import annotations

import datetime as dt
import io
import pickle
import random

import pytest
import xlsxwriter

from ingest.readers import workbook
from ingest.readers.reply import EVERY_SHEET, Book, Cells, Refused
from ingest.readers.sheet import ColumnRows, Sheet
from ingest.readers.workbook import open_workbook
from ingest.values.cells import CellError
from ingest.values.faults import Refusal

ROWS = [[f"第{n}小学", float(n), "", n % 2 == 0, dt.date(2024, 9, 1 + n % 28), "x" * (n % 5)] for n in range(600)]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 600])
def test_cells_cross_the_pipe_unchanged(count: int) -> None:
    rows = ROWS[:count]
    found = pickle.loads(pickle.dumps(Cells(rows, [((0, 0), (0, 1))], {(1, 1): "#REF!"})))
    assert isinstance(found.rows, ColumnRows) == (count >= 256)
    assert list(found.rows) == rows
    assert [list(map(type, row)) for row in found.rows] == [list(map(type, row)) for row in rows]
    assert (found.merged, found.errors) == ([((0, 0), (0, 1))], {(1, 1): "#REF!"})


def test_rows_of_different_length_and_without_cells_cross_as_rows() -> None:
    for rows in ([*ROWS, ["short"]], [[] for _ in range(300)]):
        assert pickle.loads(pickle.dumps(Cells(rows, []))).rows == rows


def test_rows_kept_by_column_are_rows() -> None:
    rows = ColumnRows([list(column) for column in zip(*ROWS, strict=True)])
    assert len(rows) == len(ROWS)
    assert rows[7] == ROWS[7]
    assert rows[-1] == ROWS[-1]
    assert rows[3:9] == ROWS[3:9]
    assert list(rows) == ROWS
    with pytest.raises(IndexError):
        rows[len(ROWS)]
    for start in (0, 5):
        by_column = Sheet(None, rows).columns(start, None)
        assert list(map(list, by_column)) == list(map(list, Sheet(None, ROWS).columns(start, None)))
    assert list(map(list, Sheet(None, [["a"], ["b", "c"]]).columns(0, "-"))) == [["a", "b"], ["-", "c"]]


def test_a_formula_error_far_down_a_large_sheet_is_found(desk) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("a")
        sheet.write_row(0, 0, desk.header)
        for number in range(1, 700):
            sheet.write_row(number, 0, desk.school_row(学校标识码=f"2199{number:06d}"))
        sheet.write_formula(650, 5, "=1/0", None, "#DIV/0!")
    result = desk.deliver(buffer.getvalue())
    assert [(fault.rule, fault.row, fault.value) for fault in result.faults] == [("formula_error", 651, "#DIV/0!")]
    assert type(open_workbook(buffer.getvalue()).sheet("a").rows[650][5]) is CellError


def test_a_small_workbook_is_asked_for_once(desk, monkeypatch) -> None:
    asked: list[str | None] = []
    ask = workbook._child.ask

    def counted(data: bytes, name: str | None) -> object:
        asked.append(name)
        return ask(data, name)

    monkeypatch.setattr(workbook._child, "ask", counted)
    data = desk.xlsx({name: [[name]] for name in ("a", "b", "c")})
    book = open_workbook(data)
    assert [book.sheet(name).rows for name in book.names] == [[["a"]], [["b"]], [["c"]]]
    assert asked == [EVERY_SHEET]
    monkeypatch.setattr(workbook, "_SMALL", 0)
    assert open_workbook(data).sheet("b").rows == [["b"]]
    assert asked == [EVERY_SHEET, None, "b"]


def test_a_sheet_too_large_for_the_child_refuses_only_whoever_reads_it(desk, monkeypatch) -> None:
    def ask(_data: bytes, name: str | None) -> object:
        if name == EVERY_SHEET:
            raise Refusal("too_large", detail="")
        return Book(["a", "b"]) if name is None else Cells([["a"]], [])

    monkeypatch.setattr(workbook._child, "ask", ask)
    assert open_workbook(b"x").sheet("a").rows == [["a"]]


def test_a_sheet_that_cannot_be_read_is_refused_when_it_is_wanted(monkeypatch) -> None:
    book = Book(["a", "b"], {"a": Cells([["a"]], []), "b": Refused("too_large", "工作表“b”")})
    monkeypatch.setattr(workbook._child, "ask", lambda _data, _name: pickle.loads(pickle.dumps(book)))
    found = open_workbook(b"x")
    assert found.sheet("a").rows == [["a"]]
    with pytest.raises(Refusal) as refused:
        found.sheet("b")
    assert refused.value.rule == "too_large"


@pytest.mark.parametrize("seed", range(3))
def test_a_long_table_reads_as_a_short_one(desk, seed: int) -> None:
    """The same lines, read by column and, in files of their own, row by row."""
    rnd = random.Random(seed)
    lines = [desk.school_row(学校标识码=f"21990{n:05d}", 小学在校生=rnd.choice(["300", "12", ""])) for n in range(400)]
    for _ in range(12):
        line = rnd.choice(lines)
        line[rnd.randrange(len(line))] = rnd.choice(["x", "-", "合计", "1.5", "２５", "填表人：某"])
    whole = desk.deliver(desk.xlsx({"a": [desk.header, *lines]}))
    parts = [desk.deliver(desk.xlsx({"a": [desk.header, *lines[n : n + 40]]})) for n in range(0, 400, 40)]

    def values(result) -> list[dict[str, object]]:
        return [{k: v for k, v in row.items() if k not in ("_row", "_submission_id")} for row in desk.bronze(result)]

    def faults(result) -> list[tuple[str, str | None, str | None]]:
        return [(fault.rule, fault.column, fault.value) for fault in result.faults if fault.sheet]

    assert values(whole) == [row for part in parts for row in values(part)]
    assert faults(whole) == [fault for part in parts for fault in faults(part)]
    assert len(values(whole)) > 300
