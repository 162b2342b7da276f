"""Write deliveries: plain templates as CSV or XLSX, and the ministry's workbooks.

The same rows give the same bytes: the workbooks carry a fixed creation date.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from junheng.core.typed import StrictModel, load
from samples import jj
from samples.fields import DATA, Row, template

Language = Literal["zh", "en"]
Format = Literal["csv", "xlsx"]
_CREATED = datetime(2025, 9, 20)

COMPLEMENT = (
    "county_code", "school_year", "school_code", "school_name", "school_kind_code", "pupils_primary", "pupils_junior",
    "pupils_senior", "counts_as_school",
)  # fmt: skip
"""Columns that a template row needs beside a workbook."""
IN_WORKBOOK = (
    "urban_rural_code", "sponsor_code",
    "qualified_primary", "qualified_junior", "backbone_primary", "backbone_junior", "pe_art_primary", "pe_art_junior",
    "teachers_primary", "teachers_junior", "teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2",
    "equipment_value_wan_yuan", "multimedia_rooms", "books",
)  # fmt: skip
"""Columns that the ministry's workbook states."""


class SheetLayout(StrictModel):
    """A sheet of the ministry's workbook."""

    title: str
    unit: str
    first_row: int
    """Of the lines below header and index."""
    header: tuple[str, ...]
    rows: tuple[str, ...]
    columns: int = 1
    kinds: tuple[str, ...] = ()
    index: tuple[str, ...] = ()
    coded: bool = True
    groups: tuple[tuple[str, str, str], ...] = ()
    """First and last column under a heading of several."""


class SchoolWorkbook(StrictModel):
    """``samples/data/jj_forms.yml``: sheets by the number of their form."""

    forms: dict[str, SheetLayout]


def _new_workbook(path: Path) -> Any:
    path.parent.mkdir(parents=True, exist_ok=True)
    book = xlsxwriter.Workbook(str(path), {"in_memory": True})
    book.set_properties({"created": _CREATED, "author": "示范县教育局"})
    return book


def _source_of(rows: Sequence[Row]) -> str:
    keys = set(rows[0])
    for source in ("school_census", "county_items", "monitoring_result"):
        if keys <= {field.name for field in template(source)}:
            return source
    raise ValueError(f"no template holds the columns {sorted(keys)}")


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], fmt: Format, encoding: str) -> None:
    """Write one plain table; None becomes an empty cell. ``encoding`` matters for CSV only."""
    if fmt == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(["" if v is None else v for v in row] for row in rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.getvalue().encode(encoding))
        return
    book = _new_workbook(path)
    sheet = book.add_worksheet("Sheet1")
    for number, line in enumerate([header, *rows]):
        for column, value in enumerate(line):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write(number, column, value)
    book.close()


def write_template(
    path: Path,
    rows: Sequence[Row],
    language: Language = "zh",
    fmt: Format | None = None,
    encoding: str = "utf-8-sig",
) -> None:
    """Write template rows (all of one source, found from their keys) with the template's columns in its order.

    Only the columns that some row holds are written. ``fmt`` defaults to the file's suffix. Values are written as they
    are, so that a test can plant a wrong one.
    """
    columns = [field for field in template(_source_of(rows)) if any(field.name in row for row in rows)]
    header = [field.label if language == "zh" else field.name for field in columns]
    kind: Format = fmt or ("csv" if path.suffix.lower() == ".csv" else "xlsx")
    write_table(path, header, ([row.get(field.name) for field in columns] for row in rows), kind, encoding)


def write_jj_workbook(path: Path, row: Row) -> None:
    """Write one school's workbook of the 教基 series from its census row. Every value is text, as in the real ones."""
    book = _new_workbook(path)
    bold = book.add_format({"bold": True, "align": "center"})
    label = jj.KIND_LABELS[str(row["school_kind_code"])]
    year = int(row["school_year"])
    filled = jj.cells(row)
    for form, layout in load(DATA / "jj_forms.yml", SchoolWorkbook).forms.items():
        if form not in filled:
            continue
        sheet = book.add_worksheet(f"{form}_{label}")
        first, header = layout.first_row, layout.header
        width = max(len(header), len(layout.index))
        title = f"{layout.title}（{year} /{year + 1} 学年初）" if form == "教基1001" else layout.title
        sheet.merge_range(0, 0, 0, width - 1, title, bold)
        if header:
            sheet.merge_range(1, 0, 1, width - 1, f"{form}          {layout.unit}".rstrip())
            for left, right, text in layout.groups:
                sheet.merge_range(f"{left}3:{right}3", text, bold)
            sheet.write_row(first - 3, 0, header)
            units = ["丙"] if "计量单位" in header else []
            numbers = [str(n + 1) for n in range(len(header) - 2 - len(units))]
            sheet.write_row(first - 2, 0, ["甲", "乙", *units, *numbers])
        else:
            sheet.write_row(first - 2, 0, layout.index)
        for number, name in enumerate(layout.rows):
            sheet.write_string(first - 1 + number, 0, name)
            if layout.coded:
                sheet.write_string(first - 1 + number, 1, f"{number + 1:02d}")
        for address, value in filled[form].items():
            sheet.write_string(address, value)
    book.close()
