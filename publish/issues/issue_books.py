"""Ledger workbooks: one per county and one per responsible unit, in which people report (docs/runbooks/ledger.md).

What is filled in comes back as an ordinary delivery of contract ``ledger_update.workbook``. The layout is ``issue_books.yml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb
import xlsxwriter
from pydantic import Field, model_validator

from ingest.schema.table import TableContract
from ingest.shapes.contracts import load_contracts
from ingest.shapes.edited import guard
from junheng.core.home import Home
from junheng.core.printable import file_name, row_in_paper
from junheng.core.settings import ISSUES
from junheng.core.typed import StrictModel, complete, load
from publish.issues.officials import Officials
from publish.release import signature
from publish.release.release import Release
from publish.tables.reading import read
from publish.tables.rows import RptIssueLedger
from publish.words.formats import wrapped_lines
from publish.words.seeds import read_seed
from publish.words.units import UnitNames

CONTRACT = "ledger_update.workbook"
_A3 = 8
"""Number of the paper size in a workbook."""
_LINE_POINTS = 14
_FIRST_COLUMNS = 4
"""Those that say which issue a line is about: always seen, on each printed page."""
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_ISSUES = """
with last_events as (
    select issue_id, event_id as last_event_id from marts.fct_issue_event
    qualify row_number() over (partition by issue_id order by source_night desc, seq desc) = 1
),
counties as (select county_code, arg_max(county_name, school_year) as county_name from marts.dim_county group by county_code)
select ledger.*, issues.lead_unit, issues.cooperating_units, issues.leader_role, issues.is_open, last_events.last_event_id,
    coalesce(counties.county_name, ledger.county_code) as county_name
from marts.rpt_issue_ledger as ledger
inner join marts.fct_issue as issues using (issue_id)
left join last_events using (issue_id)
left join counties on ledger.county_code = counties.county_code
order by ledger.county_code, ledger.sequence
"""


class LedgerLine(RptIssueLedger):
    """An issue as the workbooks show it, with what decides where it stands."""

    lead_unit: str | None
    cooperating_units: str | None
    leader_role: str | None
    is_open: bool
    last_event_id: str | None
    county_name: str


class ColumnEntry(StrictModel):
    """A column of the sheet: it shows a column of the mart or a name of the duty register, or is filled in."""

    header: str
    shows: str | None = Field(None, alias="from")
    official: Literal["unit_head", "leader", "inspector"] | None = None
    field: str | None = None
    kind: Literal["date", "money"] | None = None
    choice: Literal["events", "units", "results", "approvals"] | None = Field(None, alias="list")
    only: Literal["county", "unit"] | None = None
    width: float = 10
    hidden: bool = False

    @model_validator(mode="after")
    def _one_content(self) -> ColumnEntry:
        if [self.shows, self.official, self.field].count(None) != 2:
            raise ValueError("give one of from, official and field")
        return self


Entered = Literal["events", "units", "results", "approvals", "date", "money"]
"""What is filled in: from a drop-down, as a day or as an amount."""


class BookLayout(StrictModel):
    """``issue_books.yml``."""

    sheet: str
    note_sheet: str
    list_sheet: str
    title: str
    whose_county: str
    head_post: str
    header_rows: int
    columns: tuple[ColumnEntry, ...]
    lists: dict[str, tuple[str, ...]]
    unit_events: tuple[str, ...]
    not_listed: Annotated[dict[Entered, str], complete(*get_args(Entered))]
    notes: tuple[tuple[str, str], ...]


def layout() -> BookLayout:
    """The layout of the workbooks."""
    return load(Path(__file__).with_suffix(".yml"), BookLayout)


@lru_cache(maxsize=1)
def contract() -> TableContract:
    """The contract under which the workbooks come back."""
    (workbook,) = [entry for entry in load_contracts() if entry.id == CONTRACT]
    assert isinstance(workbook, TableContract)
    return workbook


@dataclass(frozen=True)
class LedgerBook:
    """A workbook to be written: of a county, or of one of its units."""

    county_code: str
    county_name: str
    unit: str | None
    issues: Sequence[LedgerLine]
    units: Sequence[str]
    """Units to choose from."""

    @property
    def file_name(self) -> str:
        """Name that file systems take, another one for each unit."""
        return f"{self.county_code}_{file_name(self.unit or layout().whose_county, '.xlsx')}"

    @property
    def events(self) -> list[str]:
        """Events to choose from."""
        return list(layout().unit_events if self.unit else contract().value_maps["event"])


def split_units(*joined: str | None) -> list[str]:
    """Units of lists joined with ``;``."""
    return list(dict.fromkeys(unit for units in joined for unit in (units or "").split(";") if unit))


def books(issues: Iterable[LedgerLine], unit: str | None, names: UnitNames) -> list[LedgerBook]:
    """The workbooks of these issues: all of each county, the open ones of each unit; or of one unit alone, however written."""
    by_county: dict[str, list[LedgerLine]] = {}
    for issue in issues:
        by_county.setdefault(issue["county_code"], []).append(issue)
    roles = read_seed(ISSUES / "issue_unit_roles.csv")
    offices = [row["unit_zh"] for row in roles if row["actor_role"] in ("supervisor", "inspector")]
    chosen = []
    for county, of_county in by_county.items():
        by_unit: dict[str, list[LedgerLine]] = {}
        for issue in of_county:
            for each in split_units(issue["lead_unit"], issue["cooperating_units"]):
                by_unit.setdefault(each, []).append(issue)
        name, choice = of_county[0]["county_name"], list(dict.fromkeys([*sorted(by_unit), *offices]))
        if unit is None:
            chosen.append(LedgerBook(county, name, None, of_county, choice))
        for each, theirs in sorted(by_unit.items()):
            still_open = [issue for issue in theirs if issue["is_open"]]
            if still_open and (unit is None or names.name(county, unit) == names.name(county, each)):
                chosen.append(LedgerBook(county, name, each, still_open, [each]))
    return chosen


def export(home: Home, release: Release, out: Path, county: str | None = None, unit: str | None = None) -> list[Path]:
    """Write the workbooks of a release, readable by their owner alone: they hold names.

    Raises RegisterUnusable, UnitListUnusable.
    """
    officials, names = Officials(home), UnitNames(home)
    with duckdb.connect(str(release.database), read_only=True) as connection:
        issues = [row_in_paper(row) for row in read(connection, LedgerLine, _ISSUES) if county in (None, row["county_code"])]
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for book in books(issues, unit, names):
        path = out / book.file_name
        write(path, book, officials, release)
        path.chmod(0o600)
        written.append(path)
    return written


def write(path: Path, book: LedgerBook, officials: Officials, release: Release) -> None:
    """Write one workbook."""
    workbook = xlsxwriter.Workbook(str(path), _OPTIONS)
    workbook.set_properties({"created": datetime.fromisoformat(release.created_at)})
    values = {"county": book.county_name, "whose": book.unit or layout().whose_county, "release": release.release_id}
    values["state"] = signature.said(release.signature)
    _Ledger(workbook, book, officials).write(layout().title.format(**values))
    _write_notes(workbook, values)
    workbook.close()


def _write_notes(workbook: xlsxwriter.Workbook, values: dict[str, str]) -> None:
    sheet = workbook.add_worksheet(layout().note_sheet)
    bold = workbook.add_format({"bold": True, "valign": "top"})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    for row, (topic, text) in enumerate(layout().notes):
        sheet.write_string(row, 0, topic, bold)
        sheet.write_string(row, 1, text.format(**values), wrapped)
    sheet.protect()


class _Ledger:
    """The sheet with the issues, and the one with the entries of its drop-downs."""

    def __init__(self, workbook: xlsxwriter.Workbook, book: LedgerBook, officials: Officials) -> None:
        self._book, self._officials = book, officials
        kind = "unit" if book.unit else "county"
        self._columns = layout().columns
        self._filled_in = {entry.header for entry in self._columns if entry.field and entry.only in (None, kind)}
        self._sheet = workbook.add_worksheet(layout().sheet)
        self._choices = workbook.add_worksheet(layout().list_sheet)
        self._choices.hide()
        self._choices.protect()
        base = {"text_wrap": True, "valign": "top", "border": 1, "font_size": 10}
        self._title = workbook.add_format({"bold": True, "font_size": 14})
        self._header = workbook.add_format(base | {"bold": True, "bg_color": "#D9E1F2"})
        self._locked = workbook.add_format(base | {"bg_color": "#F2F2F2", "num_format": "@"})
        self._open = {
            kind: workbook.add_format(base | {"locked": False, "num_format": number})
            for kind, number in {"text": "@", "date": "yyyy-mm-dd", "money": "0.00"}.items()
        }
        self._lists: dict[str, str] = {}

    def write(self, title: str) -> None:
        """Write both sheets."""
        sheet, first = self._sheet, layout().header_rows
        last = first + len(self._book.issues) - 1
        sheet.write_string(0, 0, title, self._title)
        edited = contract().edited
        assert edited is not None
        for place, column in enumerate(self._columns):
            is_unused = column.field is not None and column.header not in self._filled_in
            sheet.set_column(place, place, column.width, None, {"hidden": True} if column.hidden or is_unused else {})
            sheet.write_string(first - 1, place, column.header, self._header)
            if column.header in self._filled_in:
                self._validate(column, first, last, place)
        sheet.set_column(len(self._columns), len(self._columns), 10, None, {"hidden": True})
        sheet.write_string(first - 1, len(self._columns), edited.guard, self._header)
        for row, issue in enumerate(self._book.issues, first):
            self._write_line(row, issue)
        sheet.freeze_panes(first, _FIRST_COLUMNS)
        sheet.set_landscape()
        sheet.set_paper(_A3)
        sheet.fit_to_pages(2, 0)
        sheet.repeat_rows(0, first - 1)
        sheet.repeat_columns(0, _FIRST_COLUMNS - 1)
        printed = next(place for place, column in enumerate(self._columns) if column.field)
        sheet.print_area(0, 0, last, printed - 1)
        sheet.autofilter(first - 1, 0, last, len(self._columns) - 1)
        sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True})
        sheet.activate()

    def _write_line(self, row: int, issue: LedgerLine) -> None:
        guarded: dict[str, str] = {}
        lines = 1
        for place, column in enumerate(self._columns):
            if column.header in self._filled_in:
                given = self._book.unit if column.field == "reported_by_unit" else None
                self._sheet.write(row, place, given, self._open[column.kind or "text"])
                continue
            text = self._text(column, issue)
            guarded[column.header] = text
            self._sheet.write_string(row, place, text, self._locked)
            if not column.hidden:
                lines = max(lines, wrapped_lines(text, column.width))
        self._sheet.set_row(row, _LINE_POINTS * lines)
        self._sheet.write_string(row, len(self._columns), guard(guarded), self._locked)

    def _text(self, column: ColumnEntry, issue: LedgerLine) -> str:
        if column.official:
            return self._official(column.official, issue)
        values: Mapping[str, object] = issue
        return shown(values[column.shows]) if column.shows else ""

    def _official(self, kind: str, issue: LedgerLine) -> str:
        county, school = issue["county_code"], issue["school_code"]
        if kind == "unit_head":
            return self._officials.of_unit(county, issue["lead_unit"], layout().head_post)
        if kind == "inspector":
            return self._officials.of_school(county, school, "inspector_post")
        return self._officials.of_school(county, school, "leader_post") or self._officials.of_post(county, issue["leader_role"])

    def _validate(self, column: ColumnEntry, first: int, last: int, place: int) -> None:
        name, kind = column.choice, column.kind
        named = name or kind
        if named is None:
            return
        rule: dict[str, object] = {"error_title": column.header, "error_message": layout().not_listed[named]}
        if name:
            rule |= {"validate": "list", "source": self._list(name), "error_type": "warning" if name == "units" else "stop"}
        elif kind == "date":
            rule |= {"validate": "date", "criteria": ">=", "value": date(2000, 1, 1)}
        else:
            rule |= {"validate": "decimal", "criteria": ">=", "value": 0}
        self._sheet.data_validation(first, place, last, place, rule)

    def _list(self, name: str) -> str:
        """Reference to the entries of a drop-down."""
        if name not in self._lists:
            entries = {"events": self._book.events, "units": self._book.units, "approvals": contract().value_maps["approvals"]}
            entries |= layout().lists
            place = len(self._lists)
            for row, entry in enumerate(entries[name]):
                self._choices.write_string(row, place, entry)
            letter = chr(ord("A") + place)
            self._lists[name] = f"='{layout().list_sheet}'!${letter}$1:${letter}${len(entries[name])}"
        return self._lists[name]


def shown(value: object) -> str:
    """A value of a mart as text; a number without trailing zeros."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)
