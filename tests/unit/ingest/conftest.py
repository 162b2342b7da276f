"""Deliver bytes to a home and parse them."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import xlsxwriter

from ingest.landing import archive
from ingest.landing.parse import parse_file
from junheng.core.home import Home
from junheng.core.records import LandedFile, ParseResult

HEADER = ["区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "小学在校生", "小学专任教师"]
SCHOOL = ["990101", "2025", "2199010001", "示范小学", "211", "300", "20"]


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


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return Desk(Home(tmp_path / "home").create(), folder)


@pytest.fixture
def rules_of() -> Callable[[ParseResult], set[str]]:
    return lambda result: {fault.rule for fault in result.faults}
