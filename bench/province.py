"""A province's landing folder: per-school workbooks and tables of 100 counties, and tables of 100,000 rows.

Workbooks are written quickly: what the workbooks of one kind of school share is made and compressed once, and only the
texts that differ are written for each school.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

from samples import area, jj
from samples.fields import Row, data, template
from samples.write import write_jj_workbook

SEED = 20250901
TABLE_COLUMNS = (
    "county_code", "school_year", "school_code", "school_name", "school_kind_code", "pupils_primary", "pupils_junior",
    "pupils_senior", "teachers_primary", "teachers_junior", "qualified_primary", "qualified_junior", "backbone_primary",
    "backbone_junior", "pe_art_primary", "pe_art_junior", "teaching_area_m2", "indoor_sports_area_m2",
    "equipment_value_wan_yuan", "multimedia_rooms",
)  # fmt: skip
ROSTER_COLUMNS = (
    "学校标识码", "学校名称", "姓名", "身份证件号", "教职工类别", "是否在编", "人员状态", "是否是县级及以上骨干教师",
    "进本校年月", "是否符合交流条件",
)  # fmt: skip
"""Of the main table of the teacher system."""
_STRINGS = "xl/sharedStrings.xml"
_SHEET = "xl/worksheets/sheet1.xml"
_WRITTEN = (2025, 9, 20, 0, 0, 0)
_ITEMS = ("G6.allocated", "G6.quota", "G7.funds", "G7.pupils", "G11.eligible", "G11.exchanged", "Q4.training_budget")


@dataclass(frozen=True)
class Province:
    """How much one night brings."""

    counties: int
    schools: int
    """Workbooks, one per school, dealt evenly to the counties."""
    item_rows: int
    """Rows of each county's table of items."""
    teachers: int
    """Rows of each county's roster."""
    tables: int
    """Tables of the whole province; every second one holds its numbers as text, as many exports do."""
    table_rows: int


def write_workbooks(landing: Path, province: Province) -> int:
    """Write what the counties deliver: a workbook per school, a table of items and a roster per county. Returns the files."""
    counties = area.county_codes(province.counties)
    for row in area.generate(province.counties, province.schools, SEED):
        school = _complete(row)
        folder = landing / school["county_code"] / str(area.YEAR) / "学校报表"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{school['school_code']}.xlsx").write_bytes(_workbook(school))
    labels = {field.name: field.label for field in template("county_items")}
    for county in counties:
        folder = landing / county / str(area.YEAR)
        items = ([item[name] for name in labels] for item in _items(county, province.item_rows))
        write_table(folder / "县级填报项目.xlsx", list(labels.values()), items)
        write_table(folder / "教师主表.xlsx", ROSTER_COLUMNS, _teachers(county, province.teachers))
    return province.schools + 2 * len(counties)


def write_tables(landing: Path, province: Province) -> int:
    """Write the tables of the whole province, each of other schools' figures. Returns the files."""
    labels = {field.name: field.label for field in template("school_census")}
    header = [labels[name] for name in TABLE_COLUMNS]
    for number in range(province.tables):
        schools = area.table(province.counties, province.table_rows, SEED + number).select(list(TABLE_COLUMNS))
        rows = zip(*(column.to_pylist() for column in schools.columns), strict=True)
        lines: Iterable[Sequence[object]] = rows if number % 2 == 0 else ([_text(value) for value in row] for row in rows)
        write_table(landing / "98" / str(area.YEAR) / f"学校普查_{number + 1}.xlsx", header, lines)
    return province.tables


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write one workbook with one sheet; texts are shared strings, numbers numbers, None no cell."""
    shared: dict[str, int] = {}
    letters = [xlsxwriter.utility.xl_col_to_name(column) for column in range(len(header))]
    xml = ["<sheetData>"]
    for number, row in enumerate([header, *rows], 1):
        xml.append(f'<row r="{number}">')
        for letter, value in zip(letters, row, strict=True):
            if isinstance(value, str):
                xml.append(f'<c r="{letter}{number}" t="s"><v>{shared.setdefault(value, len(shared))}</v></c>')
            elif value is not None:
                xml.append(f'<c r="{letter}{number}"><v>{value}</v></c>')
        xml.append("</row>")
    xml.append("</sheetData>")
    parts = _empty_workbook()
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            if name == _SHEET:
                content = re.sub(r"<sheetData>.*</sheetData>", lambda _: "".join(xml), content, flags=re.DOTALL)
            if name == _STRINGS:
                content = re.sub(
                    r"(<sst [^>]*>).*</sst>", lambda match: f"{match[1]}{_texts(shared)}</sst>", content, flags=re.DOTALL
                )
            target.writestr(_member(name), content)


def _text(value: object) -> object:
    return None if value is None else str(value)


def _items(county: str, count: int) -> Iterable[Row]:
    for number in range(count):
        code = _ITEMS[number % len(_ITEMS)]
        yield {
            "county_code": county,
            "school_year": area.YEAR,
            "requirement_code": code.partition(".")[0],
            "item_code": code,
            "stage": ("小学", "初中")[number % 2],
            "school_code": f"21{county}{number // len(_ITEMS):02d}"[:10].ljust(10, "0"),
            "reference_period": "2025年",
            "value": number * 137 % 90_000 + 0.25,
            "unit": "元",
            "declared_verdict": None,
            "evidence": f"基教〔2025〕{number % 40 + 1}号",
            "note": None,
        }


def _teachers(county: str, count: int) -> Iterable[Sequence[object]]:
    """Teachers of nobody: the numbers begin with the code of no area."""
    for number in range(count):
        born = f"{1965 + number % 35}{number % 12 + 1:02d}{number % 28 + 1:02d}"
        school = number // 30
        yield [
            f"21{county}{school:02d}"[:10],
            f"第{school + 1}小学",
            f"教师{number + 1}",
            f"{county}{born}{number % 1000:03d}{'123456789X'[number // 1000 % 10]}",
            "专任教师",
            "是",
            ("在职", "在岗", "借调")[number % 3],
            ("否", "是")[number % 5 == 0],
            f"{2000 + number % 25}-{number % 12 + 1:02d}",
            ("否", "是")[number % 2],
        ]


def _complete(row: Row) -> Row:
    """A row of the area with what a workbook needs besides; a teaching point reports on the forms of a primary school."""
    kind = "211" if row["school_kind_code"] == "218" else row["school_kind_code"]
    return row | {"school_kind_code": kind, "township": "基准镇", "built_year": 1990, "is_boarding": 0}


@dataclass(frozen=True)
class _Mould:
    """What the workbooks of one kind share."""

    container: bytes
    """Every part but the texts."""
    strings: str
    """The table of texts, open for more."""
    places: tuple[tuple[str, str], ...]
    """Form and address of the cells that differ, in the order of their texts."""


_moulds: dict[str, _Mould] = {}


def _workbook(row: Row) -> bytes:
    """One school's workbook, the same to a reader as ``samples.write.write_jj_workbook`` writes it."""
    kind = str(row["school_kind_code"])
    if kind not in _moulds:
        _moulds[kind] = _mould(row)
    mould = _moulds[kind]
    cells = jj.cells(row)
    buffer = io.BytesIO()
    buffer.write(mould.container)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as target:
        texts = [cells[form][address] for form, address in mould.places]
        target.writestr(_member(_STRINGS), f"{mould.strings}{_texts(texts)}</sst>")
    return buffer.getvalue()


def _mould(row: Row) -> _Mould:
    """Take a written workbook apart and let its filled cells point to texts of their own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mould.xlsx"
        write_jj_workbook(path, row)
        parts = _parts(path.read_bytes())
    strings = _uncounted(parts.pop(_STRINGS)).removesuffix("</sst>")
    own_texts = strings.count("<si>")
    filled = jj.cells(row)
    places: list[tuple[str, str]] = []
    for number, form in enumerate((name for name in data("jj_forms")["forms"] if name in filled), 1):
        part = f"xl/worksheets/sheet{number}.xml"
        for address in filled[form]:
            cell = re.compile(rf'(<c r="{address}"[^>]* t="s"><v>)\d+(</v>)')
            parts[part], changed = cell.subn(rf"\g<1>{own_texts + len(places)}\2", parts[part])
            if changed != 1:
                raise ValueError(f"no text in {form}!{address}")
            places.append((form, address))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(_member(name), content)
    return _Mould(buffer.getvalue(), strings, tuple(places))


@cache
def _empty_workbook() -> dict[str, str]:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet("Sheet1").write_string(0, 0, "x")
    parts = _parts(buffer.getvalue())
    return parts | {_STRINGS: _uncounted(parts[_STRINGS])}


def _uncounted(strings: str) -> str:
    """A table of shared strings without its counts, which are optional and would no longer be true."""
    return re.sub(r' (?:count|uniqueCount)="\d+"', "", strings, count=2)


def _parts(workbook: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as source:
        return {name: source.read(name).decode() for name in source.namelist()}


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _WRITTEN)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _texts(texts: Iterable[str]) -> str:
    return "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
