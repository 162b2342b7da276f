"""What plain and wide tables a sheet or a text may be: headers of their contracts, held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet
from ingest.readers.workbook import Workbook
from ingest.schema.table import TableContract
from ingest.schema.wide_table import WideTableContract
from ingest.shapes.contracts import contracts_of
from ingest.shapes.header import Header, HeaderFinder
from ingest.shapes.wide_header import WideFinder, WideHeader
from ingest.values.faults import Refusal


@dataclass(frozen=True)
class TableFit:
    """A plain table that a sheet may be."""

    contract: TableContract
    sheet: Sheet
    header: Header
    delimiter: str = ""

    @property
    def rank(self) -> tuple[float, int]:
        """A full match with more columns before one with fewer; else the share of what is required."""
        return self.header.rank

    @property
    def missing(self) -> list[str]:
        """Headers of the required columns that are not there."""
        contract = self.contract
        return [f.label if contract.columns is None else "/".join(contract.columns[f.name]) for f in self.header.missing]


@dataclass(frozen=True)
class WideFit:
    """A wide table that a sheet may be."""

    contract: WideTableContract
    sheet: Sheet
    header: WideHeader

    @property
    def missing(self) -> list[str]:
        """Header paths of the required columns that are not there."""
        entries = {entry.field: entry for entry in self.contract.wide_fields}
        return ["/".join(entries[name].first_of[0][0].path) for name in self.header.missing]


Fit = TypeVar("Fit", TableFit, WideFit)


@lru_cache(maxsize=1)
def table_finders() -> list[tuple[TableContract, HeaderFinder]]:
    """Finders of all contracts of plain tables."""
    return [(contract, HeaderFinder(contract)) for contract in contracts_of(TableContract)]


@lru_cache(maxsize=1)
def wide_finders() -> list[tuple[WideTableContract, WideFinder]]:
    """Finders of all contracts of wide tables."""
    return [(contract, WideFinder(contract)) for contract in contracts_of(WideTableContract)]


def table_fits(sheet: Sheet) -> list[TableFit]:
    """Plain tables a sheet may be, the likeliest first. Raises Refusal."""
    fits = [TableFit(c, sheet, header) for c, finder in table_finders() if (header := finder.find(sheet.rows, sheet.merged))]
    fits.sort(key=lambda fit: fit.rank, reverse=True)
    refuse_two_tables(fits)
    return fits


def wide_fits(sheet: Sheet) -> list[WideFit]:
    """Wide tables a sheet may be, the likeliest first."""
    fits = [WideFit(c, sheet, header) for c, finder in wide_finders() if (header := finder.find(sheet))]
    return sorted(fits, key=lambda fit: -fit.header.share)


def is_full(finder: HeaderFinder, sheet: Sheet) -> bool:
    """Whether a sheet has every required column of a plain table."""
    header = finder.find(sheet.rows, sheet.merged)
    return header is not None and header.share == 1


def whole_tables(book: Workbook, names: Sequence[str]) -> list[TableContract]:
    """Contracts of plain tables that sheets of a workbook are."""
    return [contract for name in names for contract, finder in table_finders() if is_full(finder, book.sheet(name))]


def holds_stage(fit: TableFit | None) -> bool:
    """Whether a plain table fits and says for a stage what a wide table leaves to its file: then it is none."""
    if fit is None or fit.header.share < 1:
        return False
    return not fit.contract.stage_columns or not fit.header.columns.keys().isdisjoint(fit.contract.stage_columns.values())


def refuse_two_tables(fits: Sequence[TableFit]) -> None:
    """Raise Refusal where tables of two subjects stand below each other: of one of them nothing would be read.

    Headers that share a row are one that fits both.
    """
    full = [fit for fit in fits if fit.header.share == 1]
    for best in full[:1]:
        for other in full[1:]:
            is_elsewhere = other.header.row < best.header.first_row or best.header.row < other.header.first_row
            if other.contract.source != best.contract.source and is_elsewhere:
                pair = sorted((best, other), key=lambda fit: fit.header.row)
                raise Refusal("several_sources", contracts="、".join(fit.contract.title_zh for fit in pair))


def common(sheets: list[list[Fit]]) -> list[list[Fit]]:
    """For each contract that every sheet fits, in the order of the first sheet, its fit of each."""
    by_contract = [{fit.contract.id: fit for fit in fits} for fits in sheets]
    return [[fits[name] for fits in by_contract] for name in by_contract[0] if all(name in fits for fits in by_contract)]


class Heads:
    """First rows of a text by delimiter, read once for all contracts."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[list[object]]] = {}

    def read(self, text: str, delimiter: str) -> list[list[object]]:
        """The first rows."""
        key = text_reader.beginning(text), delimiter
        if key not in self._known:
            self._known[key] = text_reader.head(text, delimiter)
        return self._known[key]

    def best(self, contract: TableContract, finder: HeaderFinder, text: str, delimiters: Sequence[str] = ()) -> TableFit | None:
        """The table that a text is with the delimiter that goes best with it."""
        best: TableFit | None = None
        for delimiter in delimiters or contract.delimiters(text_reader.beginning(text)):
            rows = self.read(text, delimiter)
            header = finder.find(rows)
            if header is not None and (best is None or header.rank > best.rank):
                best = TableFit(contract, Sheet(None, rows), header, delimiter)
        return best
