"""``junheng inspect`` in the terminal: how a file would be read."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingest.schema.source import Field, load_source
from ingest.shapes.contracts import load_contracts
from ingest.values.faults import Refusal, told_notes
from junheng.core.messages import Messages
from junheng.core.records import ParseResult
from junheng.core.wrapping import say_line
from publish.words.formats import plain

if TYPE_CHECKING:
    from ingest.inspect.files import Inspection

ACCEPTED, USAGE, REFUSED = 0, 2, 3
"""Exit codes, also of ``junheng contract``."""

_SHOWN_FAULTS = 20
_SHOWN_ABSENT = 12


def run(path: Path, area: str | None, school_year: int | None, say: Messages, console: Console) -> int:
    """Print what ingest makes of a file. Returns the exit code."""
    from ingest.inspect.files import inspect_file  # what reads rows is much to load, and a draft reads none

    if not path.is_file():
        console.print(Text(say("inspect_no_file", path=path)), soft_wrap=True)
        return USAGE
    try:
        inspections = inspect_file(path, area, school_year)
    except OSError as error:
        console.print(Text(say("inspect_unreadable", path=path, error=error.strerror)), soft_wrap=True)
        return USAGE
    except Refusal as refusal:
        say_line(console, say("inspect_refused", reason=refusal.what, fix=refusal.fix), style="bold red")
        return REFUSED
    files = [list(group) for _, group in groupby(inspections, key=lambda inspection: inspection.result.file_name)]
    for tables in files:
        _print_file(tables, say, console)
    if len(files) > 1:
        refused = sum(any(table.result.refused for table in tables) for tables in files)
        say_line(console, say("inspect_pack", files=len(files), taken=len(files) - refused, refused=refused), style="bold")
    return REFUSED if any(inspection.result.refused for inspection in inspections) else ACCEPTED


def _print_file(tables: list[Inspection], say: Messages, console: Console) -> None:
    """Print every table of one file, and what becomes of the file."""
    for table in tables:
        _Report(table, say, console, is_part=len(tables) > 1).print()
    if any(_lacks_area(table.result) for table in tables):
        say_line(console, say("inspect_no_area"), style="bold")
    if len(tables) > 1:
        results = [table.result for table in tables]
        refused = [_title(result.contract) for result in results if result.refused]
        good, read = (sum(getattr(result, name) for result in results) for name in ("rows_parsed", "rows_read"))
        counts = {"taken": len(tables) - len(refused), "good": good, "bad": read - good}
        text = say("inspect_file_accepted", **counts)
        if refused:
            text = say("inspect_file_refused", refused=len(refused), titles="、".join(refused), **counts)
        console.print()
        say_line(console, text, style="bold red" if refused else "bold green")
    say_line(console, say("inspect_note"), style="dim")


def _lacks_area(result: ParseResult) -> bool:
    """Whether a county is missing that the landing folder would have stated, and nobody said which one it is."""
    if result.area_code is not None or result.source is None:
        return False
    county = next((f.zh for f in load_source(result.source).fields if f.role == "county"), "")
    return any(fault.rule == "required_empty" and (fault.column or "").endswith(county) for fault in result.faults)


def _title(contract_id: str | None) -> str:
    return next((contract.title_zh for contract in load_contracts() if contract.id == contract_id), contract_id or "")


class _Report:
    """One inspected table: a file, or a part of one."""

    def __init__(self, inspection: Inspection, say: Messages, console: Console, is_part: bool) -> None:
        self._inspection = inspection
        self._is_part = is_part
        self._say = say
        self._console = console
        self._zh = say.language == "zh"

    def print(self) -> None:
        """Print it."""
        result, say = self._inspection.result, self._say
        self._line(result.file_name, style="bold")
        if result.contract:
            self._line(say("inspect_contract", title=_title(result.contract), id=result.contract), 2)
            for covered in result.covered:
                year = say("year", first=covered.school_year, second=covered.school_year + 1)
                self._line(say("inspect_covers", county=covered.county_code, year=year, rows=covered.rows), 2)
            bad = result.rows_read - result.rows_parsed
            self._line(say("inspect_rows", read=result.rows_read, good=result.rows_parsed, bad=bad), 2)
        if result.unknown_columns:
            self._line(say("inspect_unknown", columns="、".join(result.unknown_columns)), 2)
        if result.left_out:
            self._line(say("inspect_left_out", lines="、".join(result.left_out)), 2)
        if result.hidden_cells:
            self._line(say("inspect_hidden", cells="、".join(result.hidden_cells)), 2)
        for note in told_notes(result.notes).values():
            self._line(say("inspect_told", note=note), 2)
        if self._inspection.absent:
            self._line(say("inspect_absent", count=len(self._inspection.absent), fields=self._labels(self._inspection.absent)), 2)
        if self._inspection.understood:
            self._rows()
        self._faults()
        self._verdict()

    def _line(self, text: str, indent: int = 0, style: str = "") -> None:
        say_line(self._console, text, indent=indent, style=style)

    def _labels(self, fields: list[Field], most: int = _SHOWN_ABSENT) -> str:
        names = [self._label(field) for field in fields[:most]]
        return "、".join(names) + ("…" if len(fields) > most else "")

    def _label(self, field: Field) -> str:
        return field.zh if self._zh else field.name

    def _rows(self) -> None:
        self._console.print()
        self._line(self._say("inspect_first_rows"), style="bold")
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        table.add_column(self._say("explain_col_item"), no_wrap=True)
        table.add_column(self._say("inspect_col_unit"), no_wrap=True)
        for number in self._inspection.row_numbers:
            title = self._say("inspect_col_row", row=number) if number else self._say("inspect_col_form")
            table.add_column(title, justify="right", overflow="fold")
        for entry in self._inspection.understood:
            unit = "m²" if entry.field.unit == "m2" else entry.field.unit
            table.add_row(self._label(entry.field), unit, *(Text(self._shown(value, entry.field)) for value in entry.values))
        self._console.print(Padding(table, (0, 0, 0, 2), expand=False))

    def _shown(self, value: object, field: Field) -> str:
        if value is None:
            return "—"
        if self._zh and field.type == "choice":
            ways = next((ways for known, ways in field.choices if known == value), ())
            return next((way for way in ways if not way.isdigit()), str(value))
        is_number = isinstance(value, Decimal) or (isinstance(value, int) and field.type == "count")
        return plain(Decimal(value)) if is_number and isinstance(value, int | Decimal) else str(value)

    def _faults(self) -> None:
        faults = [fault for fault in self._inspection.result.faults if fault.row or fault.sheet or fault.column]
        if not faults:
            return
        self._console.print()
        self._line(self._say("inspect_faults", count=len(faults)), style="bold")
        for fault in faults[:_SHOWN_FAULTS]:
            self._line(f"✗ {fault.guidance}", 2)
        if len(faults) > _SHOWN_FAULTS:
            self._line(self._say("inspect_more_faults", count=len(faults) - _SHOWN_FAULTS), 2)

    def _verdict(self) -> None:
        result, kind = self._inspection.result, "inspect_part_" if self._is_part else "inspect_"
        color = "" if self._is_part else "bold "
        self._console.print()
        if result.refused:
            self._line(self._say(kind + "refused", reason=result.reason, fix=result.fix), style=color + "red")
        elif result.rows_parsed < result.rows_read:
            bad = result.rows_read - result.rows_parsed
            self._line(self._say(kind + "partly", good=result.rows_parsed, bad=bad), style=color + "yellow")
        else:
            self._line(self._say(kind + "accepted"), style=color + "green")
