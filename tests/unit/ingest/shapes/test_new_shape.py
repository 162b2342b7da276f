"""A new kind of contract is one module: matching, parsing, inspection and explain find it where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingest.inspect.files import inspect_file
from ingest.inspect.original import Original
from ingest.landing import archive
from ingest.shapes import contracts, fits, kinds
from ingest.shapes.contracts import load_contracts
from ingest.shapes.kinds import titled_form, vertical_form
from ingest.shapes.match import shapes
from junheng.core.records import LandedFile

CARDS = '''
from typing import Literal

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet, column_letter
from ingest.schema.contract import TextContract
from ingest.shapes.records import RawRow, Records
from ingest.shapes.shape import Match, Shape
from ingest.values.address import CellAddress


class CardContract(TextContract):
    """A line per record; each cell says its field and its value, and the first line that these are cards."""

    kind: Literal["cards"]
    mark: str


class Cards(Shape[CardContract]):
    contract = CardContract

    def in_text(self, file, landed):
        return self._match(text_reader.read(file.decode(["utf-8"]), ","))

    def in_workbook(self, book, landed):
        found = [self._match(book.sheet(name)) for name in book.names]
        return [match for match in found if match]

    def trace(self, contract, sheet, landed):
        rows = {row.row: row.cells for row in self._rows(contract, sheet)}
        return lambda name, row: [(cell, name) for cell in rows.get(row, {}).get(name, ())]

    def _match(self, sheet: Sheet):
        from ingest.shapes.contracts import contracts_of

        for contract in contracts_of(CardContract):
            if sheet.rows and sheet.rows[0][0] == contract.mark:
                rows = self._rows(contract, sheet)
                return Match(contract, [Records.of(rows)], [frozenset()], [], [])
        return None

    def _rows(self, contract, sheet):
        rows = []
        for number, cells in enumerate(sheet.rows[1:], 2):
            row = RawRow(sheet.name, number, {}, {})
            for column, cell in enumerate(cells):
                name, _, row.raw[name] = str(cell).partition("=")
                row.cells[name] = (CellAddress(sheet.name, column_letter(column), number),)
            rows.append(row)
        return rows


SHAPE = Cards()
'''
CONTRACT = {
    "id": "births.cards",
    "source": "births",
    "title_zh": "适龄人口卡片",
    "kind": "cards",
    "mark": "卡片",
    "covers": "county",
    "area_system": "gb2260",
    "on_bad_row": "quarantine",
}
LINES = [["卡片", "", ""], ["catchment=东区", "age=5", "children=120"], ["catchment=西区", "age=6", "children=约80"]]
CACHES = (load_contracts, shapes, fits.table_finders, fits.wide_finders, titled_form._form_sources, vertical_form._finders)


@pytest.fixture(autouse=True)
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The module lies with the other kinds, a contract of it with the other contracts; nothing else is told of them."""
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "cards.py").write_text(CARDS, encoding="utf-8")
    folder = tmp_path / "contracts"
    folder.mkdir()
    for path in contracts.CONTRACTS.glob("*.yml"):
        (folder / path.name).symlink_to(path)
    (folder / "births.cards.yml").write_text(yaml.safe_dump(CONTRACT, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path / "kinds")])
    monkeypatch.setattr(contracts, "CONTRACTS", folder)
    for cache in CACHES:
        cache.cache_clear()
    yield
    monkeypatch.undo()
    for cache in CACHES:
        cache.cache_clear()


def deliver(desk: Any, form: str) -> tuple[bytes, Any]:
    data = desk.csv(LINES).encode() if form == "csv" else desk.xlsx({"登记": LINES})
    return data, desk.deliver(data)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_it_is_found_and_parsed(desk: Any, form: str) -> None:
    _, result = deliver(desk, form)
    assert (result.contract, result.refused) == ("births.cards", False), result.reason
    (row,) = desk.bronze(result)
    assert (row["catchment"], row["age"], row["children"], row["county_code"]) == ("东区", 5, 120, "990101")
    assert "约80" in desk.quarantine(result)[0]["children"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_it_is_inspected(desk: Any, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"卡片.{form}"
    path.write_bytes(deliver(desk, form)[0])
    (inspection,) = inspect_file(path, "990101", 2025)
    assert {entry.field.name: entry.values for entry in inspection.understood}["children"] == [120]


@pytest.mark.parametrize("addresses", [True, False])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_cell_of_it_is_traced(desk: Any, form: str, addresses: bool) -> None:
    _, result = deliver(desk, form)
    (row,) = desk.bronze(result)
    contract = next(entry for entry in load_contracts() if entry.id == result.contract)
    data = archive.path_of(desk.home, result.sha256).read_bytes()
    original = Original(data, contract, LandedFile(result.file_name, len(data), "990101", 2025, result.sha256))
    kept = {"children": str(yaml.safe_load(row["_cells"])["children"])} if addresses else {}
    (cell,) = original.cells("children", row["_sheet"], row["_row"], kept)
    assert (cell.row, cell.column, cell.text) == (2, "C", "children=120")


def test_other_files_are_read_as_before(desk: Any) -> None:
    result = desk.deliver(desk.csv([desk.header, desk.school]))
    assert (result.contract, result.refused) == ("school_census.template", False)
    assert [type(shape).__name__ for shape in shapes()] == ["PerSchool", "Titled", "Vertical", "Cards", "Wide", "PlainTable"]


def test_a_kind_without_a_module_is_no_contract(tmp_path: Path) -> None:
    path = contracts.CONTRACTS / "births.cards.yml"
    path.write_text(yaml.safe_dump(CONTRACT | {"kind": "pictures"}, allow_unicode=True), encoding="utf-8")
    load_contracts.cache_clear()
    with pytest.raises(ValueError, match=r"mark\s+Extra inputs"):
        load_contracts()
