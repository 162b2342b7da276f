"""A crafted workbook costs a refusal, never the process."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from ingest.readers import worker
from ingest.readers.workbook import _child, open_workbook
from ingest.values.faults import Refusal

SHEET = "xl/worksheets/sheet1.xml"
ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="a"><table:table-row table:number-rows-repeated="1000000">'
    '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="2000"/></table:table-row>'
    "</table:table></office:spreadsheet></office:body></office:document-content>"
)

MANIFEST = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


def _rewritten(data: bytes, change: Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            content = old.read(item)
            new.writestr(item, change(content) if item == SHEET else content)
    return buffer.getvalue()


def _lying(data: bytes, part: str, more: int) -> bytes:
    """The container with a part grown by ``more`` bytes while its declared size stays small."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            new.writestr(item, old.read(item) + (b" " * more if item == part else b""))
        real = new.getinfo(part).file_size
    return buffer.getvalue().replace(real.to_bytes(4, "little"), (100).to_bytes(4, "little"))


@pytest.mark.parametrize(
    "stray",
    [
        "<row r='1000000'><c r='BXX1000000'><v>1</v></c></row></sheetData>",
        '<row r="1000000"><c r="BXX1000000"><v>1</v></c></row></sheetData>',
        "<row r='1000000'><c t='n' r = 'BXX1000000' ><v>1</v></c></row></sheetData>",
    ],
)
def test_a_far_cell_is_refused_however_it_is_written_and_the_next_file_is_read(desk, rules_of, stray: str) -> None:
    good = desk.xlsx({"a": [desk.header, desk.school]})
    bad = _rewritten(good, lambda xml: xml.replace(b"</sheetData>", stray.encode()))
    assert rules_of(desk.deliver(bad)) == {"too_large"}
    assert not desk.deliver(good).refused


@pytest.mark.parametrize("rows", ["11000", "1000000"])
def test_a_repeated_cell_of_an_ods_is_refused(desk, rules_of, rows: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("META-INF/manifest.xml", MANIFEST)
        container.writestr("content.xml", ODS.replace("1000000", rows))
    # calamine refuses the larger one by itself
    assert rules_of(desk.deliver(buffer.getvalue())) == {"too_large" if rows == "11000" else "damaged_workbook"}


def test_the_unpacked_size_is_counted_not_believed(desk, monkeypatch) -> None:
    data = desk.xlsx({"a": [desk.header, desk.school]})
    assert worker.Reader(data).names == ["a"]
    monkeypatch.setattr(worker, "MAX_UNPACKED", 1 << 20)
    for part in ("xl/sharedStrings.xml", "docProps/app.xml"):
        lying = _lying(data, part, 2 << 20)
        assert sum(item.file_size for item in zipfile.ZipFile(io.BytesIO(lying)).infolist()) < 1 << 20
        with pytest.raises(worker.Refused) as refused:
            worker.Reader(lying)
        assert refused.value.rule == "too_large"


def test_a_child_that_takes_too_long_or_dies_is_a_refusal(desk, monkeypatch) -> None:
    data = desk.xlsx({"a": [desk.header, desk.school]})
    book = open_workbook(data)
    assert _child._process is not None
    _child._process.kill()
    _child._process.wait()
    assert book.sheet("a").rows[0] == desk.header  # a child that died in between is started anew
    monkeypatch.setattr("ingest.readers.child._PATIENCE", 0.0)
    with pytest.raises(Refusal) as refused:
        open_workbook(desk.xlsx({"a": [[str(n) * 50] * 50 for n in range(5000)]})).sheet("a")
    assert refused.value.rule == "too_large"


@pytest.mark.parametrize(
    "cell", ["<c r='A2' t='e'><v>#REF!</v></c>", '<c t="e"><v>#REF!</v></c>', '<c r="A2" t = "e" ><f>1/0</f><v>#REF!</v></c>']
)
def test_formula_errors_are_found_however_they_are_written(desk, rules_of, cell: str) -> None:
    data = desk.xlsx({"a": [desk.header, desk.school]})

    def change(xml: bytes) -> bytes:
        start = xml.index(b'<c r="A2"')
        return xml[:start] + cell.encode() + xml[xml.index(b"</c>", start) + 4 :]

    assert "formula_error" in rules_of(desk.deliver(_rewritten(data, change)))


def test_two_workbooks_open_at_once(desk) -> None:
    first, second = (open_workbook(desk.xlsx({name: [[name]]})) for name in ("a", "b"))
    assert (first.sheet("a").rows, second.sheet("b").rows) == ([["a"]], [["b"]])
