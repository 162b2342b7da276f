"""Our own books in landing: untouched they are no delivery; a 退回单 filled in delivers its file, repaired."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ingest.landing import archive, landing, returned
from ingest.values.faults import Refusal
from junheng.core.home import Home
from tests.unit.ingest.landing.test_night import World

FOLDER = "990101/2025"
CSV = "学校,在校生,建成日期\n一小,九百,2001-09-01\n二小,40,\n"


def xlsx(rows: Sequence[Sequence[object]], sheet: str = "表1") -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name in ("说明", sheet):
        page = book.add_worksheet(name)
        for place, row in enumerate(rows if name == sheet else [["填报说明"]]):
            page.write_row(place, 0, row)
    book.close()
    return data.getvalue()


def returned_book(data: bytes, *repairs: tuple[Any, ...], sha256: str = "", name: str = "待修正单元格") -> bytes:
    """A 退回单 of a file; ``repairs``: sheet, row, column and what was filled in."""
    wanted = returned.settings()
    rows: list[list[object]] = [["退回单"], [f"文件：{FOLDER}/普查"], [f"校验值：{sha256 or hashlib.sha256(data).hexdigest()}"]]
    rows += [["序号", *wanted.columns.model_dump().values()], *([number, *repair] for number, repair in enumerate(repairs, 1))]
    return xlsx(rows, name)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def scanned(world: World, book: bytes, original: bytes, name: str = "退回单_普查.xlsx") -> landing.Landing:
    digest = hashlib.sha256(original).hexdigest()
    place = world.home.original(digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(original)
    folder = world.landing / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(book)
    return landing.scan(world.landing, None, world.home.original)


def delivered(world: World, book: bytes, original: bytes) -> bytes:
    """The bytes that a 退回单 delivers, as the archive gets them."""
    found = scanned(world, book, original)
    assert not found.refused
    (file,) = found.files
    assert file.path == f"{FOLDER}/退回单_普查.xlsx!/普查"
    stored = archive.store_landed(world.home, world.landing, file.path, file.sha256)
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == file.sha256
    assert len(found.envelopes) == 1
    return stored.read_bytes()


def test_what_nobody_filled_in_is_no_delivery(world: World) -> None:
    book = returned_book(CSV.encode(), (None, 2, "在校生", None), (None, 3, "在校生", "  "))
    found = scanned(world, book, CSV.encode())
    assert (found.files, found.refused, [file.path for file in found.envelopes]) == ([], [], [f"{FOLDER}/退回单_普查.xlsx"])
    (world.landing / FOLDER / "退回单_普查.xlsx").unlink()
    found = scanned(world, xlsx([["收件回执"]], "收件回执"), b"", "收件回执_2025.xlsx")
    assert (found.files, found.refused, len(found.envelopes)) == ([], [], 1)


def test_a_text_is_delivered_with_its_cells_changed(world: World) -> None:
    book = returned_book(
        CSV.encode(), (None, 2, "在校生", 900.0), (None, 3, "C列", date(2003, 9, 1)), (None, 2, "建成日期", "（清空）")
    )
    assert delivered(world, book, CSV.encode()).decode("utf-8-sig") == "学校,在校生,建成日期\n一小,900,\n二小,40,2003-09-01\n"
    gbk = CSV.encode("gb18030")
    assert "一小,900," in delivered(world, returned_book(gbk, (None, 2, "在校生", 900)), gbk).decode("utf-8-sig")


def test_a_workbook_keeps_everything_else(world: World) -> None:
    original = xlsx([["学校", "在校生", "备注"], ["一小", "九百"], ["二小", 40, "x"]])
    book = returned_book(original, ("表1", 2, "在校生", 900), ("表1", 2, "C列", "新建"), ("表1", 3, "备注", "（清空）"))
    repaired = openpyxl.load_workbook(io.BytesIO(delivered(world, book, original)))
    assert list(repaired["表1"].iter_rows(values_only=True)) == [
        ("学校", "在校生", "备注"),
        ("一小", 900, "新建"),
        ("二小", 40, None),
    ]
    assert repaired["说明"]["A1"].value == "填报说明"
    assert delivered(world, book, original) == delivered(world, book, original)


@pytest.mark.parametrize(
    ("book", "said"),
    [
        (returned_book(CSV.encode(), (None, 2, "在校生", 1), sha256="0" * 64), "不在归档里"),
        (returned_book(CSV.encode(), (None, 2, "在校生", 1), sha256="../../x"), "不在归档里"),
        (returned_book(CSV.encode(), (None, 9, "在校生", 1)), "找不到 在校生9"),
        (returned_book(CSV.encode(), (None, 2, "教师", 1)), "找不到 教师2"),
        (returned_book(CSV.encode(), ("表2", 2, "在校生", 1)), "找不到 在校生2"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_its_reason(world: World, book: bytes, said: str) -> None:
    found = scanned(world, book, CSV.encode())
    (refused,) = found.refused
    assert found.files == []
    assert said in refused.reason


def test_a_header_that_stands_twice_names_no_cell(world: World) -> None:
    twice = "在校生,在校生\n1,2\n".encode()
    (refused,) = scanned(world, returned_book(twice, (None, 2, "在校生", 1)), twice).refused
    assert "找不到 在校生2" in refused.reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("退回单_普查.xlsx", xlsx([["学校"]])),
        ("退回单_普查.xlsx", b"no workbook"),
        ("普查.xlsx", returned_book(b"x", (None, 1, "A列", 1))),
    ],
)
def test_other_files_are_read_as_they_are(world: World, name: str, content: bytes) -> None:
    found = scanned(world, content, b"", name)
    assert [file.path for file in found.files] == [f"{FOLDER}/{name}"]


def test_an_original_of_another_format_cannot_be_written(world: World) -> None:
    (refused,) = scanned(world, returned_book(b"\xff\xfe\x00", (None, 1, "A列", 1)), b"\xff\xfe\x00").refused
    assert "不能在表上改正" in refused.reason or "找不到" in refused.reason


def test_a_book_that_is_not_ours_is_left_to_the_envelopes(tmp_path: Path) -> None:
    (tmp_path / "退回单.xlsx").write_bytes(xlsx([["学校"]]))
    assert returned.read(tmp_path / "退回单.xlsx", Home(tmp_path).original) is None
    assert returned.read(tmp_path / "别的.xlsx", Home(tmp_path).original) is None
    (tmp_path / "退回单.xlsx").write_bytes(returned_book(b"x", (None, 1, "A列", 1)))
    with pytest.raises(Refusal):
        returned.read(tmp_path / "退回单.xlsx", Home(tmp_path).original)


def test_a_column_is_known_by_the_other_names_of_its_field(world: World) -> None:
    original = b"school_name,teaching_area_m2\na,1\n"
    assert delivered(world, returned_book(original, (None, 2, "教学及辅助用房面积", 7)), original).endswith(b"a,7\n")
