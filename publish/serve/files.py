"""A release as files for those without a server: each county's figures as Parquet and as workbooks, code lists beside them.

``<out>/current`` is switched when everything is there. Files of tables that did not change are those of before (hard links).
Whose rows are whose is what the shared database has: audit tables and restricted marts are nobody's.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict

import duckdb
import xlsxwriter

from junheng.core.sql import literal
from publish.release.release import Release
from publish.serve.access import access
from publish.serve.shape import ServedTable, served_tables
from publish.words.texts import Texts, texts

CURRENT, COMMON = "current", "common"
LISTING = "files.json"
"""Which files a table is, and of which rows."""
_COUNTY = "county_code"
_FORM = 1
"""Raised when the same rows are written in another way."""
_KEPT = 2
_SHEET_ROWS = 1_000_000
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_WIDTH = 14


class WrittenTable(TypedDict):
    """A mart as it was written: the hash of its content, the form of its files, and their names."""

    sha256: str
    form: int
    files: list[str]


Listing = dict[str, WrittenTable]


@dataclass(frozen=True)
class FilesWritten:
    """What a release came to."""

    folder: Path
    written: int
    linked: int


def write_files(release: Release, decision: str, out: Path) -> FilesWritten:
    """Write a release below ``out`` and switch to it. Raises NotServable, OSError; what is there then stays."""
    out.mkdir(parents=True, exist_ok=True)
    folder = out / f"{release.release_id}-{decision}"
    before, before_it = _listing(out / CURRENT), (out / CURRENT).resolve()
    if before_it == folder.resolve() and before:
        return FilesWritten(folder, 0, sum(len(table["files"]) for table in before.values()))
    for stray in (*out.glob(".writing-*"), folder):
        shutil.rmtree(stray, ignore_errors=True)
    making = out / f".writing-{folder.name}"
    making.mkdir()
    listing: Listing = {}
    linked = 0
    with duckdb.connect(str(release.database), read_only=True) as source:
        for table in served_tables(source, release, decision):
            if table.name in access().audit:
                continue
            same = before.get(table.name)
            if same and (same["sha256"], same["form"]) == (table.sha256, _FORM):
                files = same["files"]
                _link(before_it, making, files)
                linked += len(files)
            else:
                files = [str(path.relative_to(making)) for path in _write(source, table, making, release)]
            listing[table.name] = {"sha256": table.sha256, "form": _FORM, "files": files}
    (making / LISTING).write_text(json.dumps(listing, ensure_ascii=False, indent=1), encoding="utf-8")
    making.rename(folder)
    _switch(out, folder)
    return FilesWritten(folder, sum(len(table["files"]) for table in listing.values()) - linked, linked)


def _listing(folder: Path) -> Listing:
    try:
        listing: Listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return listing


def _link(before: Path, making: Path, files: Sequence[str]) -> None:
    for name in files:
        (making / name).parent.mkdir(parents=True, exist_ok=True)
        os.link(before / name, making / name)


def _switch(out: Path, folder: Path) -> None:
    """Let ``current`` be this folder, and keep only the one before it beside it."""
    link = out / f".writing-{CURRENT}"
    link.symlink_to(folder.name)
    link.replace(out / CURRENT)
    kept = sorted(
        (path.parent for path in out.glob(f"*/{LISTING}") if path.parent.name != CURRENT), key=lambda p: p.stat().st_mtime
    )
    for old in kept[:-_KEPT]:
        shutil.rmtree(old)


def _write(source: duckdb.DuckDBPyConnection, table: ServedTable, making: Path, release: Release) -> Iterator[Path]:
    """Write the files of a table. Returns them."""
    if _COUNTY not in [column.name for column in table.columns]:
        yield _parquet(source, table.query, making / COMMON / f"{table.name}.parquet")
        return
    counties = source.execute(f"select distinct {_COUNTY} from ({table.query}) where {_COUNTY} is not null order by 1").fetchall()
    for (county,) in counties:
        query = f"select * from ({table.query}) where {_COUNTY} = {literal(county)}"
        yield _parquet(source, query, making / county / "parquet" / f"{table.name}.parquet")
        path = making / county / "xlsx" / f"{table.name}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        _workbook(source.execute(query), table, path, release)
        yield path


def _parquet(source: duckdb.DuckDBPyConnection, query: str, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    source.execute(f"copy ({query}) to {literal(str(path))} (format parquet, compression zstd)")
    return path


def _workbook(rows: duckdb.DuckDBPyConnection, table: ServedTable, path: Path, release: Release) -> None:
    """The rows below their Chinese labels, and a sheet that says what the columns mean."""
    words: Texts = texts()["county_files"]
    with xlsxwriter.Workbook(str(path), _OPTIONS) as workbook:
        workbook.set_properties({"created": datetime.fromisoformat(release.created_at)})
        bold = workbook.add_format({"bold": True, "bg_color": "#D9E1F2", "text_wrap": True, "valign": "top"})
        formats = {date: workbook.add_format({"num_format": "yyyy-mm-dd"})}
        formats[datetime] = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        labels = [column.comment.partition("：")[0] or column.name for column in table.columns]
        number = 0
        while (piece := rows.fetchmany(_SHEET_ROWS)) or number == 0:
            number += 1
            sheet = workbook.add_worksheet(words["data"] if number == 1 else f"{words['data']}{number}")
            sheet.set_column(0, len(labels) - 1, _WIDTH)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, labels, bold)
            for line, row in enumerate(piece, 1):
                for place, value in enumerate(row):
                    if value is not None:
                        sheet.write(line, place, value, formats.get(type(value)))
            sheet.autofilter(0, 0, len(piece), len(labels) - 1)
        notes = workbook.add_worksheet(words["notes"])
        notes.set_column(0, 1, 26)
        notes.set_column(2, 2, 100)
        notes.write_row(0, 0, [release.release_id, table.name, table.comment])
        notes.write_row(1, 0, words["columns"], bold)
        for line, (label, column) in enumerate(zip(labels, table.columns, strict=True), 2):
            notes.write_row(line, 0, [label, column.name, column.comment.partition("：")[2]])
