"""Formula errors and formulas that nobody calculated are refused in every kind of workbook, with their places."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import xlsxwriter

from ingest.readers.workbook import open_workbook
from junheng.core.records import Fault
from tests.unit.ingest.made import ODS, SHEETS, page, rewritten, told, xls, xlsb

CODES = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#NUM!": 36, "#N/A": 42}
RECALCULATED = (0x01C1, struct.pack("<HHI", 0x01C1, 0, 99999))
"""Written by programs that calculate."""
Cell = tuple[int, bytes]


def xls_formula(result: bytes, flags: int = 0) -> Cell:
    return 0x06, result.ljust(6, b"\0") + b"\xff\xff" + struct.pack("<HIH", flags, 0, 3) + b"\x1e\x01\0"


def xls_number(value: float, flags: int = 0) -> Cell:
    return 0x06, struct.pack("<dHIH", value, flags, 0, 3) + b"\x1e\x01\0"


def xls_error(text: str) -> Cell:
    return 0x0205, bytes([CODES[text], 1])


def xlsb_formula(kind: int, value: bytes) -> Cell:
    return kind, value + struct.pack("<HI", 0, 3) + b"\x1e\x01\0" + struct.pack("<I", 0)


def ods_of(rows: Sequence[Sequence[str]], lines: Sequence[str] = ()) -> bytes:
    """A sheet 普查 of cells as they are written; ``lines``: attributes of each row."""
    filled = [*lines, *[""] * len(rows)]
    body = "".join(
        f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"
        for cells, attributes in zip(rows, filled, strict=False)
    )
    namespace = ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        container.writestr("META-INF/manifest.xml", manifest)
        content = ODS.format(f'<table:table table:name="普查">{body}</table:table>').replace("><office:body>", namespace)
        container.writestr("content.xml", content)
    return buffer.getvalue()


def ods_text(cell: object) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'


def found(result: Any) -> list[tuple[int | None, str | None, str | None]]:
    faults: list[Fault] = result.faults
    return [(fault.row, fault.column, fault.value) for fault in faults if fault.rule == "formula_error"]


def ways(desk: Any) -> dict[str, Callable[[str], bytes]]:
    """A census whose 小学在校生 is this error, in each kind of file."""
    column = desk.header.index("小学在校生")

    def rows(cell: Any) -> list[list[Any]]:
        return [desk.header, [*desk.school[:column], cell, *desk.school[column + 1 :]]]

    def ods(cell: str) -> bytes:
        return ods_of([[text if text.startswith("<") else ods_text(text) for text in row] for row in rows(cell)])

    formula = '<table:table-cell table:formula="of:=1/0" '
    return {
        "xls constant": lambda error: xls(rows(xls_error(error))),
        "xls formula": lambda error: xls(rows(xls_formula(bytes([2, 0, CODES[error]])))),
        "xls of Excel 95": lambda error: xls(rows(xls_formula(bytes([2, 0, CODES[error]]))), stream="Book"),
        "xlsb constant": lambda error: xlsb(rows((3, bytes([CODES[error]])))),
        "xlsb formula": lambda error: xlsb(rows(xlsb_formula(11, bytes([CODES[error]])))),
        "ods": lambda error: ods(
            f'{formula}office:value-type="string" office:string-value="" calcext:value-type="error">'
            f"<text:p>{error}</text:p></table:table-cell>"
        ),
        "ods of older programs": lambda error: ods(
            f'{formula}office:value-type="float" office:value="0"><text:p>{error}</text:p></table:table-cell>'
        ),
        "xml 2003": lambda error: _xml(rows(f'<Cell><Data ss:Type="Error">{error}</Data></Cell>')),
        "text": lambda error: desk.csv(rows(error)).encode(),
        "page": lambda error: page(rows(error)).encode(),
    }


def _xml(rows: Sequence[Sequence[str]]) -> bytes:
    cells = [[c if c.startswith("<") else f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in row] for row in rows]
    lines = "".join(f"<Row>{''.join(row)}</Row>" for row in cells)
    sheet = f'<Worksheet ss:Name="普查"><Table>{lines}</Table></Worksheet>'
    return f'<?xml version="1.0"?><Workbook xmlns="{SHEETS}" xmlns:ss="{SHEETS}">{sheet}</Workbook>'.encode()


WAYS = [
    "xls constant", "xls formula", "xls of Excel 95", "xlsb constant", "xlsb formula", "ods", "ods of older programs", "xml 2003",
    "text", "page",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_errors_are_named_in_every_kind_of_file(desk, way: str) -> None:
    for error in ("#DIV/0!", "#N/A", "#REF!"):
        result = desk.deliver(ways(desk)[way](error))
        assert result.refused
        assert found(result) == [(2, "小学在校生", error)]


def test_every_way_is_tried(desk) -> None:
    assert set(WAYS) == set(ways(desk))


def test_an_error_in_a_text_is_no_name(desk) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school_row(学校名称="#N/A")]))
    assert found(result) == [(2, "学校名称", "#N/A")]


@pytest.mark.parametrize(
    ("cell", "book"),
    [
        (xls_formula(bytes([3])), ()),
        (xls_number(0.0, flags=2), ()),
        (xls_number(0.0, flags=3), (RECALCULATED,)),
    ],
)
def test_formulas_of_an_xls_that_nobody_calculated(desk, cell: Cell, book: Sequence[Cell]) -> None:
    """Programs write an empty text, or zero and the mark to calculate when the file is opened."""
    school = desk.school_row(小学在校生=cell)
    assert found(desk.deliver(xls([desk.header, school], book=book))) == [(2, "小学在校生", "#未计算")]
    calculated = desk.school_row(学校标识码="2199010002", 小学在校生=xls_number(30, flags=2), 小学专任教师=cell)
    assert found(desk.deliver(xls([desk.header, calculated], book=book))) == []


def test_formulas_of_an_xls_with_a_value(desk) -> None:
    """An empty text and zero are results where a program that calculates saved the file."""
    for cell, book in ((xls_formula(bytes([3])), (RECALCULATED,)), (xls_number(0.0), ()), (xls_formula(bytes([0])), ())):
        assert found(desk.deliver(xls([desk.header, desk.school_row(小学专任教师=cell)], book=book))) == []


def test_formulas_of_an_xlsb_that_nobody_calculated(desk) -> None:
    zero, blank = xlsb_formula(9, bytes(8)), xlsb_formula(8, bytes(4))
    for cell in (zero, blank):
        rows = [desk.header, desk.school_row(小学专任教师=cell)]
        assert found(desk.deliver(xlsb(rows, on_load=True))) == [(2, "小学专任教师", "#未计算")]
        assert found(desk.deliver(xlsb(rows))) == []


def test_formulas_of_an_ods_that_nobody_calculated(desk) -> None:
    def delivered(cell: str) -> Any:
        rows = [[ods_text(text) for text in row] for row in (desk.header, desk.school)]
        rows[1][-1] = cell
        return desk.deliver(ods_of(rows))

    assert found(delivered('<table:table-cell table:formula="of:=[.A1]"/>')) == [(2, "小学专任教师", "#未计算")]
    blank = delivered('<table:table-cell table:formula="of:=&quot;&quot;"><text:p/></table:table-cell>')
    assert not blank.refused


def test_formulas_of_xml_2003_that_nobody_calculated(desk) -> None:
    rows = [desk.header, desk.school_row(小学专任教师='<Cell ss:Formula="=R1C1"/>')]
    assert found(desk.deliver(_xml(rows))) == [(2, "小学专任教师", "#未计算")]


def test_zeros_of_an_xlsx_that_is_to_be_calculated_on_opening(desk) -> None:
    """A program that does not calculate writes zero and asks the next one to calculate."""

    def book(*results: float) -> bytes:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, desk.header)
            sheet.write_row(1, 0, desk.school[:5])
            for column, result in enumerate(results, 5):
                sheet.write_formula(1, column, "=SUM(Z1:Z9)", None, result)
        return buffer.getvalue()

    assert found(desk.deliver(book(0, 0))) == [(2, "小学在校生", "#未计算"), (2, "小学专任教师", "#未计算")]
    assert found(desk.deliver(book(300, 0))) == []
    saved = rewritten(book(0, 0), "xl/workbook.xml", lambda xml: xml.replace(b' fullCalcOnLoad="1"', b""))
    assert found(desk.deliver(saved)) == []


def test_a_line_of_formulas_below_the_last_value_is_not_lost(desk) -> None:
    """Names and figures that were to come from another sheet."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, desk.header)
        sheet.write_row(1, 0, desk.school)
        for column in range(len(desk.header)):
            sheet.write_formula(2, column, "=Other!A1")
    uncalculated = rewritten(buffer.getvalue(), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</f><v>0</v>", b"</f>"))
    result = desk.deliver(uncalculated)
    assert result.refused
    assert {row for row, _, _ in found(result)} == {3}


@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name.replace("sheet1", "Sheet1"),
        lambda name: name.replace("workbook.xml", "Workbook.xml"),
        lambda name: name.replace("xl/", "XL/"),
        lambda name: name.replace("/", "\\"),
    ],
)
def test_names_of_parts_may_differ_in_case_and_slash(desk, rename: Callable[[str], str]) -> None:
    """Spreadsheet programs do not mind, so errors and hidden lines are found all the same."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("普查")
        sheet.write_row(0, 0, desk.header)
        sheet.write_row(1, 0, desk.school)
        sheet.set_row(1, None, None, {"hidden": True})
    assert told(desk, _renamed(buffer.getvalue(), rename), 1) == ["工作表“普查”第2行"]
    broken = rewritten(
        buffer.getvalue(),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<c r="F2"', b'<c r="F2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="H2"'),
    )
    assert found(desk.deliver(_renamed(broken, rename))) == [(2, "小学在校生", "#DIV/0!")]


def _renamed(data: bytes, rename: Callable[[str], str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(rename(name), old.read(name))
    return buffer.getvalue()


def test_the_binary_formats_tell_hidden_lines_and_merged_ranges(desk) -> None:
    rows = [desk.header, desk.school]
    line = (0x0208, struct.pack("<6HI", 1, 0, 7, 300, 0, 0, 0x20))
    columns = (0x7D, struct.pack("<6H", 2, 3, 0, 0, 1, 0))
    assert told(desk, xls(rows, lines=[line, columns]), 1) == ["工作表“普查”第2行", "工作表“普查”C、D列"]
    binary = xlsb(rows, hidden_row=1, columns=struct.pack("<4IH", 2, 3, 0, 0, 1))
    assert told(desk, binary, 1) == ["工作表“普查”第2行", "工作表“普查”C、D列"]
    book = open_workbook(xlsb(rows, merged=struct.pack("<4I", 1, 2, 0, 1)))
    assert book.sheet("普查").merged == (((1, 0), (2, 1)),)


def test_an_ods_tells_merged_ranges_and_repeated_errors() -> None:
    error = '<table:table-cell table:formula="of:=1/0" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    merged = '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>甲</text:p></table:table-cell>'
    data = ods_of(
        [[ods_text("a"), ods_text("b")], [merged, error], [ods_text("c"), ods_text("d")]], ["", ' table:number-rows-repeated="3"']
    )
    sheet = open_workbook(data).sheet("普查")
    assert sheet.merged == (((1, 0), (2, 0)),)
    assert [str(row[1]) for row in sheet.rows] == ["b", "#DIV/0!", "#DIV/0!", "#DIV/0!", "d"]


def test_xml_2003_tells_what_it_hides(desk) -> None:
    cells = ["".join(f'<Cell><Data ss:Type="String">{text}</Data></Cell>' for text in row) for row in (desk.header, desk.school)]
    table = f'<Column/><Column ss:Index="3" ss:Hidden="1" ss:Span="1"/><Row>{cells[0]}</Row><Row ss:Hidden="1">{cells[1]}</Row>'
    options = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>"
    excel = 'xmlns:x="urn:schemas-microsoft-com:office:excel"'
    sheet = f'<Worksheet ss:Name="普查"><Table>{table}</Table>{options}</Worksheet>'
    data = f'<?xml version="1.0"?><Workbook xmlns="{SHEETS}" xmlns:ss="{SHEETS}" {excel}>{sheet}</Workbook>'.encode()
    assert told(desk, data, 1) == ["工作表“普查”", "工作表“普查”第2行", "工作表“普查”C、D列"]


def test_formulas_are_found_in_every_kind(desk) -> None:
    """Where a sheet must hold none."""
    rows = [["a", "b"], ["1", "2"]]
    books = [
        xls([rows[0], ["1", xls_number(2)]]),
        xlsb([rows[0], ["1", xlsb_formula(9, struct.pack("<d", 2))]]),
        ods_of([[ods_text("a"), ods_text("b")], [ods_text("1"), ods_text("2").replace("cell ", 'cell table:formula="of:=2" ')]]),
    ]
    for data in books:
        assert open_workbook(data).formulas("普查") == {(1, 1)}
