"""Workbooks (xlsx, xls, xlsb, ods) through calamine, with clear refusals for what only looks like one."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

from python_calamine import CalamineWorkbook, PasswordError

from ingest.cells import CellError
from ingest.faults import Refusal
from ingest.readers.sheet import Sheet, column_index

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_MAGIC = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "RTF 文档"),
)
_MARKUP = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|head|meta|mime)", re.IGNORECASE)
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]+)(\d+)"[^>]*(?<!/)>')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_MAX_UNPACKED = 1 << 30
_MAX_CELLS = 20_000_000


class Workbook:
    """An open workbook; sheets are read on demand and kept."""

    def __init__(self, book: CalamineWorkbook, errors: dict[str, dict[tuple[int, int], str]]) -> None:
        self._book = book
        self._errors = errors
        self._sheets: dict[str, Sheet] = {}
        self.names: list[str] = list(book.sheet_names)

    def sheet(self, name: str) -> Sheet:
        """Cells of one sheet, from A1 on; formula errors as :class:`CellError`."""
        if name not in self._sheets:
            raw = self._book.get_sheet_by_name(name)
            rows: list[list[object]] = raw.to_python(skip_empty_area=False)
            for (row, column), text in self._errors.get(name, {}).items():
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = CellError(text)
            self._sheets[name] = Sheet(name=name, rows=rows, merged=tuple(raw.merged_cell_ranges or ()))
        return self._sheets[name]


def looks_like_workbook(data: bytes) -> bool:
    """Whether the bytes are a zip or OLE container. Raises Refusal for other things that are no text."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLE)):
        return True
    for magic, name in _OTHER_MAGIC:
        if data.startswith(magic):
            raise Refusal("unsupported_format", detail=name)
    if _MARKUP.match(data[:200]):
        raise Refusal("unsupported_format", detail="网页或 XML 文件")
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal("unsupported_format", detail="二进制文件")
    return False


def open_workbook(data: bytes) -> Workbook:
    """Open a workbook. Raises Refusal when it is encrypted, damaged or no workbook."""
    errors: dict[str, dict[tuple[int, int], str]] = {}
    if data.startswith(b"PK"):
        errors = _inspect_zip(data)
    elif "EncryptedPackage".encode("utf-16-le") in data:
        raise Refusal("encrypted_workbook")
    try:
        return Workbook(CalamineWorkbook.from_filelike(io.BytesIO(data)), errors)
    except PasswordError as error:
        raise Refusal("encrypted_workbook") from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the native reader is no Exception
        raise Refusal("damaged_workbook", detail=type(error).__name__) from error


def _inspect_zip(data: bytes) -> dict[str, dict[tuple[int, int], str]]:
    """Refuse a container that is damaged, no workbook or too large; return formula errors by sheet and cell."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            names = set(container.namelist())
            if "word/document.xml" in names:
                raise Refusal("unsupported_format", detail="Word 文档")
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise Refusal("unsupported_format", detail="压缩包")
            unpacked = sum(item.file_size for item in container.infolist())
            if unpacked > _MAX_UNPACKED:
                raise Refusal("too_large", detail=f"{unpacked >> 20} MB")
            return _formula_errors(container) if "xl/workbook.xml" in names else {}
    except (zipfile.BadZipFile, ElementTree.ParseError, EOFError, OSError, KeyError, ValueError) as error:
        raise Refusal("damaged_workbook", detail=type(error).__name__) from error


def _formula_errors(container: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], str]]:
    found: dict[str, dict[tuple[int, int], str]] = {}
    for sheet, part in _sheet_parts(container).items():
        xml = container.read(part)
        errors = found[sheet] = {}
        last_row = last_column = 0
        for cell in _CELL.finditer(xml):
            row, column = int(cell[2]), column_index(cell[1].decode())
            last_row, last_column = max(last_row, row), max(last_column, column + 1)
            if b't="e"' in cell[0]:
                value = _VALUE.search(xml, cell.end())
                errors[row - 1, column] = value[1].decode() if value else "#ERROR!"
        # the native reader lays a sheet out densely and ends the process when memory runs out
        if last_row * last_column > _MAX_CELLS:
            raise Refusal("too_large", detail=f"工作表“{sheet}”有{last_row}行{last_column}列")
    return found


def _sheet_parts(container: zipfile.ZipFile) -> dict[str, str]:
    """Part name of each worksheet, by sheet name."""
    relations = {
        item.attrib["Id"]: item.attrib["Target"] for item in ElementTree.fromstring(container.read("xl/_rels/workbook.xml.rels"))
    }
    parts: dict[str, str] = {}
    for item in ElementTree.fromstring(container.read("xl/workbook.xml")).iter():
        if not item.tag.endswith("}sheet"):
            continue
        relation = next((value for key, value in item.attrib.items() if key.endswith("}id")), "")
        target = relations.get(relation, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in container.namelist():
            parts[item.attrib["name"]] = part
    return parts
