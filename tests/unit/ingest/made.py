"""What tests of ingest deliver: a desk that takes bytes, a landing folder with nights, and files byte by byte."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import docx
import pyarrow.parquet as pq
import xlsxwriter

from expectations.gate import judge
from ingest.inspect.original import FoundCell, Original
from ingest.landing import archive
from ingest.landing import night as nights
from ingest.landing.parse import parse_file
from ingest.readers import sniff
from ingest.shapes.contracts import load_contracts
from junheng.core.home import Home
from junheng.core.ledger import Ledger, OpenNight
from junheng.core.records import LandedFile, ParseResult
from samples.shapes import stages_of

HEADER = ["区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "小学在校生", "小学专任教师"]
SCHOOL = ["990101", "2025", "2199010001", "示范小学", "211", "300", "20"]
BY_STAGE = ("teachers", "qualified", "pe_art", "backbone")


class Desk:
    """Takes deliveries: archives the bytes and parses them."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self._folder = folder
        self.header = HEADER
        self.school = SCHOOL

    def deliver(self, data: bytes | str, area: str = "990101", year: int = 2025, name: str = "报表.csv") -> ParseResult:
        raw = data.encode() if isinstance(data, str) else data
        sha256 = hashlib.sha256(raw).hexdigest()
        path = self._folder / sha256
        path.write_bytes(raw)
        archive.store(self.home, path, sha256)
        result = parse_file(self.home, LandedFile(f"{area}/{year}/{name}", len(raw), area, year, sha256))
        assert ParseResult.from_dict(result.to_dict()) == result
        if result.source:
            assert result.rows_read == len(self.bronze(result)) + len(self.quarantine(result))
        if result.refused:
            assert result.reason.endswith("。")
            assert result.fix.endswith("。")
            assert result.faults
        return result

    def bronze(self, result: ParseResult) -> list[dict[str, Any]]:
        return self._rows(self.home.bronze_file(result.source or "", result.submission_id))

    def quarantine(self, result: ParseResult) -> list[dict[str, Any]]:
        return self._rows(self.home.quarantine_file(result.source or "", result.submission_id))

    @staticmethod
    def _rows(path: Path) -> list[dict[str, Any]]:
        return pq.ParquetFile(path).read().to_pylist() if path.exists() else []

    @staticmethod
    def csv(rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(rows)
        return text.getvalue()

    @staticmethod
    def xlsx(
        sheets: dict[str, Sequence[Sequence[object]]],
        merges: dict[str, list[tuple[int, int, int, int, str]]] | None = None,
    ) -> bytes:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True, "nan_inf_to_errors": True}) as book:
            for name, rows in sheets.items():
                sheet = book.add_worksheet(name)
                for row, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        if isinstance(cell, str):
                            sheet.write_string(row, column, cell)
                        elif cell is not None:
                            sheet.write(row, column, cell)
                for merge in (merges or {}).get(name, []):
                    sheet.merge_range(*merge)
        return buffer.getvalue()

    def school_row(self, **changes: object) -> list[object]:
        columns = dict(zip(self.header, self.school, strict=True)) | changes
        return [columns[name] for name in self.header]


Rows = Sequence[Sequence[object]]


SHEETS = "urn:schemas-microsoft-com:office:spreadsheet"


GLOBALS = b"\x09\x08\x10\0\0\x06\x05\0" + bytes(12)


"""First record of an Excel 97 workbook."""


def page(rows: Rows, head: str = "") -> str:
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head>{head}</head><body><table><tbody>{lines}</tbody></table></body></html>"


def word(tables: Sequence[Rows]) -> bytes:
    document = docx.Document()
    document.add_paragraph("示范县学校情况")
    for rows in tables:
        table = document.add_table(len(rows), len(rows[0]))
        for line, row in zip(table.rows, rows, strict=True):
            for cell, value in zip(line.cells, row, strict=True):
                cell.text = str(value)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def compound(streams: Sequence[str], content: bytes = b"") -> bytes:
    """An OLE file: directory, allocation table, and the bytes that all its streams share."""
    content = content.ljust(4096, b"\0")
    content += bytes(-len(content) % 512)
    names = ["Root Entry", *streams]

    def entry(number: int, name: str) -> bytes:
        raw = name.encode("utf-16-le")
        after = number + 1 if 0 < number < len(names) - 1 else 0xFFFFFFFF
        child = 1 if number == 0 and len(names) > 1 else 0xFFFFFFFF
        kind = 5 if number == 0 else 2
        data = raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, kind, 1, 0xFFFFFFFF, after, child)
        place = (2, len(content)) if number else (0xFFFFFFFE, 0)
        return data + bytes(36) + struct.pack("<IQ", *place)

    directory = b"".join(entry(number, name) for number, name in enumerate(names)).ljust(512, b"\0")
    last = 1 + len(content) // 512
    chain = [0xFFFFFFFE, 0xFFFFFFFD, *range(3, last + 1), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    head = sniff.OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<10I", 0, 1, 0, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 1)
    return head.ljust(512, b"\xff") + directory + table + content


def xls(
    rows: Rows, lines: Sequence[tuple[int, bytes]] = (), book: Sequence[tuple[int, bytes]] = (), stream: str = "Workbook"
) -> bytes:
    """A workbook of Excel 97, as WPS also writes it under the name .et.

    A cell may be a pair: the kind of its record, and what follows its place, or three: with the text that a formula gave;
    ``lines`` are records before the cells, ``book`` records of the workbook.
    """

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def bof(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))

    sheet = bof(0x10) + b"".join(record(kind, data) for kind, data in lines)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, tuple):
                sheet += record(cell[0], struct.pack("<HHH", number, column, 0) + cell[1])
                for given in cell[2:]:
                    sheet += record(0x0207, struct.pack("<HB", len(given), 1) + given.encode("utf-16-le"))
                continue
            text = str(cell)
            sheet += record(0x0204, struct.pack("<HHHHB", number, column, 0, len(text), 1) + text.encode("utf-16-le"))
    name = "普查".encode("utf-16-le")
    more = b"".join(record(kind, data) for kind, data in book)
    start = len(bof(5) + more + record(0x85, bytes(8) + name) + record(0x0A))
    bound = record(0x85, struct.pack("<IBBBB", start, 0, 0, 2, 1) + name)
    return compound([stream], bof(5) + more + bound + record(0x0A) + sheet + record(0x0A))


def xlsb(
    rows: Rows,
    hidden: bool = False,
    hidden_row: int = -1,
    columns: bytes = b"",
    merged: bytes = b"",
    on_load: bool = False,
    names: Sequence[str] = (),
) -> bytes:
    """A binary workbook of Excel 2007 with one sheet of texts.

    A cell may be a pair: the kind of its record, and what follows its place; ``columns`` and ``merged`` are such data, too;
    ``names`` are defined in the workbook.
    """

    def size(number: int) -> bytes:
        return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80]) + size(number >> 7)

    def record(kind: int, data: bytes = b"") -> bytes:
        return size(kind) + size(len(data)) + data

    def text(value: object) -> bytes:
        return struct.pack("<I", len(str(value))) + str(value).encode("utf-16-le")

    bundle = record(0x9C, struct.pack("<II", hidden, 1) + text("rId1") + text("普查"))
    calculation = record(157, bytes(24) + struct.pack("<H", on_load))
    sheet = record(0x81) + record(0x94, struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1))
    sheet += (record(60, columns) if columns else b"") + record(0x91)
    for number, row in enumerate(rows):
        sheet += record(0, struct.pack("<IIHBB", number, 0, 300, 0, 0x10 * (number == hidden_row)) + bytes(5))
        for column, cell in enumerate(row):
            kind, data = cell if isinstance(cell, tuple) else (6, text(cell))
            sheet += record(kind, struct.pack("<II", column, 0) + data)
    relation = '<Relationship Id="rId1" Type="{0}/worksheet" Target="worksheets/sheet1.bin"/>'
    office, package = (f"http://schemas.openxmlformats.org/{name}/2006/relationships" for name in ("officeDocument", "package"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr("[Content_Types].xml", "<Types/>")
        defined = b"".join(record(39, struct.pack("<IBI", 0, 0, 0xFFFFFFFF) + text(name) + bytes(8)) for name in names)
        head = record(0x83) + record(0x8F) + bundle + record(0x90) + defined
        container.writestr("xl/workbook.bin", head + calculation + record(0x84))
        relations = f'<Relationships xmlns="{package}">{relation.format(office)}</Relationships>'
        container.writestr("xl/_rels/workbook.bin.rels", relations)
        sheet += record(0x92) + (record(176, merged) if merged else b"") + record(0x82)
        container.writestr("xl/worksheets/sheet1.bin", sheet)
    return buffer.getvalue()


def rewritten(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            new.writestr(item, change(old.read(item)) if item == part else old.read(item))
    return buffer.getvalue()


MANIFEST = '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'


ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)


def ods(rows: Sequence[Sequence[object]], row: str = "", columns: str = "", before: str = "") -> bytes:
    """A sheet 普查 whose last row has these attributes."""

    def line(cells: Sequence[object], attributes: str) -> str:
        texts = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
        )
        return f"<table:table-row{attributes}>{texts}</table:table-row>"

    body = "".join(line(cells, row if number == len(rows) - 1 else "") for number, cells in enumerate(rows))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        container.writestr("META-INF/manifest.xml", MANIFEST)
        container.writestr("content.xml", ODS.format(f'<table:table table:name="普查">{columns}{before}{body}</table:table>'))
    return buffer.getvalue()


def told(desk, data: bytes, rows: int) -> list[str]:
    result = desk.deliver(data)
    assert not result.refused, result.reason
    assert len(desk.bronze(result)) == rows
    return list(result.hidden_cells)


def school(code: int = 1, kind: str = "211", **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"county_code": "990101", "school_year": 2025, "school_code": f"21990100{code:02d}"}
    row |= {"school_name": f"示范学校{code}", "school_kind_code": kind, "counts_as_school": 1, "main_school_code": None}
    row |= {"teaching_area_m2": Decimal("2000.5"), "indoor_sports_area_m2": Decimal(200), "outdoor_sports_area_m2": Decimal(5000)}
    row |= {"books": 12000, "multimedia_rooms": 18, "equipment_value_wan_yuan": Decimal("123.45")}
    for stage in ("primary", "junior", "senior"):
        row[f"pupils_{stage}"] = 400 if stage in stages_of(row) else None
    for stage in ("primary", "junior"):
        there = stage in stages_of(row)
        row |= {f"{name}_{stage}": value if there else None for name, value in zip(BY_STAGE, (30, 24, 5, 4), strict=True)}
    return row | changes


def judged(desk: Any, tmp_path: Path, files: dict[str, bytes]) -> OpenNight:
    """One night over these files: parsed and judged by the gate."""
    folder = tmp_path / "landing" / "990101" / "2025"
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    number, batches = nights.open_night(desk.home, tmp_path / "landing", None, "run", "2026-03-01")
    for batch in batches:
        nights.parse_batch(desk.home, number, batch)
    night = OpenNight(desk.home, number)
    judge(desk.home, night)
    return night


def original(desk: Any, result: Any) -> Original:
    contract = next(c for c in load_contracts() if c.id == result.contract)
    landed = LandedFile(result.file_name, 0, result.area_code, result.folder_school_year, result.sha256)
    return Original(archive.path_of(desk.home, result.sha256).read_bytes(), contract, landed)


def cells(read: Original, row: dict[str, Any], field: str) -> list[FoundCell]:
    return read.cells(field, row["_sheet"], row["_row"], json.loads(row["_cells"] or "{}"))


FOLDER = "990101/2025"


def census(pupils: str = "300", county: str = "990101") -> bytes:
    row = [county, *SCHOOL[1:5], pupils, SCHOOL[6]]
    return ("\n".join(",".join(cells) for cells in (HEADER, row)) + "\n").encode()


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


class World:
    """A home and its landing."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path / "home").create()
        self.landing = path / "landing"

    def put(self, name: str, content: bytes) -> None:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def night(self) -> dict[str, tuple[str, str]]:
        """Run a night; status and reason by name of what the ledger has to say tonight."""
        number, batches = nights.open_night(self.home, self.landing, None, "run", "2026-03-01")
        for batch in batches:
            nights.parse_batch(self.home, number, batch)
        judge(self.home, OpenNight(self.home, number))
        nights.commit_night(self.home, number, "run")
        rows: list[dict[str, Any]] = Ledger(self.home).table("submissions", number).to_pylist()
        assert len({row["file_name"] for row in rows}) == len(rows)
        assert len({row["submission_id"] for row in rows}) == len(rows)
        assert all(row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"] for row in rows)
        return {row["file_name"].removeprefix(f"{FOLDER}/"): (row["status"], row["reason"]) for row in rows}
