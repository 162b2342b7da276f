"""A scenario: a CSV or XLSX file with one measure a row, read strictly. What is wrong is said with file, row and cell."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Literal

from python_calamine import CalamineError, CalamineWorkbook

from ingest.values import causes
from junheng.core.typed import StrictModel, load

Kind = Literal["add", "remove", "move", "open", "merge", "close", "group"]
_MOST = Decimal(10) ** 12
_FIRST_ROW = 2
_WORKBOOKS = (".xlsx", ".xls", ".xlsb", ".ods")


class ScenarioColumn(StrictModel):
    """A column: what its header may be beside its own name, and whether a row needs it."""

    names: list[str]
    is_needed: bool


class MeasureKind(StrictModel):
    """Something that may be done, what it does to an amount, and the items it may be done to."""

    names: list[str]
    kind: Kind
    items: list[str]


class MeasuredItem(StrictModel):
    """Something of the census that a measure changes; a ``field`` with a place for the stage is counted by stage."""

    names: list[str]
    field: str
    is_whole: bool
    is_person: bool


class WholeSchool(StrictModel):
    """Fields of the census that a school brings to another one, with a place for the stage."""

    summed: list[str]
    largest: list[str]


class OpenedSchool(StrictModel):
    """A school that is opened: how fields begin of which nobody knows, and of what sectors it may be."""

    unknown: list[str]
    sectors: list[str]


class ScenarioForm(StrictModel):
    """``scenario.yml``."""

    columns: dict[str, ScenarioColumn]
    stages: dict[str, list[str]]
    whole_school: WholeSchool
    opened: OpenedSchool
    idle: dict[Kind, list[str]]
    """Columns that stay empty, of kinds that are about a whole school."""
    group_roles: dict[str, str]
    unknown_cost: list[str]
    measures: dict[str, MeasureKind]
    items: dict[str, MeasuredItem]
    texts: dict[str, str]

    def say(self, key: str, /, **values: object) -> str:
        """A sentence with its places filled."""
        return self.texts[key].format(**values)


@cache
def scenario_form() -> ScenarioForm:
    """``scenario.yml``."""
    return load(Path(__file__).with_suffix(".yml"), ScenarioForm)


class ScenarioUnusable(ValueError):
    """A scenario that cannot be tried as it stands; ``faults`` are Chinese sentences, each with file, row and cell."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("；".join(faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Measure:
    """One row: what is done at a school, to which field of the census, by how much, in whole amounts of the census' unit."""

    row: int
    measure: str
    school_code: str
    item: str
    """Of the census; the kind of a school that is opened, the name of a group."""
    field: str
    """Empty: it is about the whole school."""
    amount: Decimal
    to_school_code: str = ""
    teacher: str = ""
    year: str = ""
    cost_wan_yuan: Decimal | None = None
    """None: not known yet."""
    note: str = ""
    school_name: str = ""
    county_code: str = ""
    township: str = ""

    @property
    def kind(self) -> Kind:
        """What it does to the amount."""
        return scenario_form().measures[self.measure].kind


@dataclass(frozen=True)
class Scenario:
    """The measures of a file."""

    file: str
    measures: tuple[Measure, ...]
    cells: dict[str, int]
    """Number of each column, from 0."""

    def fault(self, at: int, cell: str, key: str, /, **values: object) -> str:
        """A sentence about a cell."""
        return fault_at(self.file, at, self.cells.get(cell), scenario_form().say(key, **values))


def fault_at(file: str, row: int, column: int | None, fault: str) -> str:
    """A sentence with its place; ``column`` from 0."""
    letters, number = "", -1 if column is None else column
    while number >= 0:
        letters, number = chr(ord("A") + number % 26) + letters, number // 26 - 1
    return scenario_form().say("fault", file=file, row=row, cell=f"{letters}{row}" if letters else "", fault=fault)


def scenario_files(paths: Sequence[Path]) -> list[Path]:
    """The files, and those of a folder. Raises ScenarioUnusable for a folder without any."""
    files = list[Path]()
    for path in paths:
        if path.is_dir():
            listed = sorted(each for each in path.iterdir() if each.suffix.lower() in (".csv", *_WORKBOOKS))
            listed = [each for each in listed if not each.name.startswith(("~$", "."))]
            if not listed:
                raise ScenarioUnusable([scenario_form().say("no_files", folder=path)])
            files += listed
        else:
            files.append(path)
    return files


def read_scenario(path: Path) -> Scenario:
    """All measures of a file. Raises ScenarioUnusable with everything that is wrong with any of them."""
    form, lines = scenario_form(), _lines(path)
    if not lines:
        raise ScenarioUnusable([form.say("no_rows", file=path.name)])
    cells = _header(path.name, lines[0])
    scenario = Scenario(path.name, (), cells)
    faults: list[str] = []
    measures: list[Measure] = []
    for number, line in enumerate(lines[1:], _FIRST_ROW):
        if not any(line):
            continue
        row = _ScenarioRow(scenario, number, {name: line[at] if at < len(line) else "" for name, at in cells.items()})
        measure = row.measure()
        faults += row.faults
        if measure is not None:
            measures.append(measure)
    faults += list(_moved_twice(scenario, measures))
    if not faults and not measures:
        faults = [form.say("no_rows", file=path.name)]
    if faults:
        raise ScenarioUnusable(faults)
    return Scenario(path.name, tuple(measures), cells)


def _lines(path: Path) -> list[list[str]]:
    form = scenario_form()
    try:
        if path.suffix.lower() in _WORKBOOKS:
            with CalamineWorkbook.from_path(str(path)) as book:
                rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
            return [[_shown(cell) for cell in row] for row in rows]
        with open(path, encoding="utf-8-sig", newline="") as handle:
            return [[cell.strip() for cell in row] for row in csv.reader(handle)]
    except (OSError, UnicodeDecodeError, csv.Error, CalamineError) as error:
        raise ScenarioUnusable([form.say("unreadable", file=path.name, cause=causes.cause(error))]) from error


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell).strip()


def _header(file: str, header: Sequence[str]) -> dict[str, int]:
    form, cells, unknown = scenario_form(), dict[str, int](), list[str]()
    known = {name: key for key, column in form.columns.items() for name in (key, *column.names)}
    for at, written in enumerate(header):
        if not written:
            continue
        key = known.get(written)
        if key is None:
            unknown.append(written)
        elif key in cells:
            raise ScenarioUnusable([form.say("twice_column", file=file, column=written)])
        else:
            cells[key] = at
    missing = [column.names[0] for key, column in form.columns.items() if column.is_needed and key not in cells]
    if missing:
        raise ScenarioUnusable([form.say("no_column", file=file, columns="、".join(missing))])
    if unknown:
        raise ScenarioUnusable([form.say("unknown_column", file=file, columns="、".join(unknown))])
    return cells


class _ScenarioRow:
    """A row on its way to a measure; what is wrong with it is collected."""

    def __init__(self, scenario: Scenario, number: int, given: dict[str, str]) -> None:
        self._scenario, self._number, self._given = scenario, number, given
        self._form = scenario_form()
        self.faults: list[str] = []

    def _fault(self, cell: str, key: str, /, **values: object) -> None:
        self.faults.append(self._scenario.fault(self._number, cell, key, **values))

    def _name(self, column: str) -> str:
        return self._form.columns[column].names[0]

    def measure(self) -> Measure | None:
        """The measure, or None where anything is wrong."""
        measure = self._measure() if self._given.get("measure") else None
        kind = None if measure is None else self._form.measures[measure].kind
        idle = () if kind is None else self._form.idle.get(kind, ())
        for column, described in self._form.columns.items():
            is_idle = column in idle
            if is_idle and measure and self._given.get(column):
                name = self._form.measures[measure].names[0]
                self._fault(column, "whole_school", measure=name, column=described.names[0])
            if described.is_needed and not is_idle and not self._given.get(column) and column != "cost_wan_yuan":
                self._fault(column, "empty", column=described.names[0])
        cost, stage = self._cost(), self._stage()
        year = self._given.get("year", "")
        if year and not (year.isdecimal() and len(year) == 4):
            self._fault("year", "not_a_year", value=year)
        if measure is None:
            return None
        item = self._given.get("item", "") if idle else self._item(measure)
        amount = Decimal(0) if idle else self._amount(item)
        self._check_move(measure, item, amount)
        if kind == "open" and not self._given.get("school_name"):
            name = self._form.measures[measure].names[0]
            self._fault("school_name", "no_name", measure=name, column=self._name("school_name"))
        field = self._form.items[item].field if item and not idle else ""
        if "{stage}" in field and not self._given.get("stage"):
            self._fault("stage", "no_stage", item=self._form.items[item].names[0], column=self._name("stage"))
        if self.faults or amount is None:
            return None
        return Measure(
            row=self._number,
            measure=measure,
            school_code=self._given["school_code"],
            item=item,
            field=field.format(stage=stage),
            amount=amount,
            to_school_code=self._given.get("to_school_code", ""),
            teacher=self._given.get("teacher", ""),
            year=year,
            cost_wan_yuan=cost,
            note=self._given.get("note", ""),
            school_name=self._given.get("school_name", ""),
            county_code=self._given.get("county_code", ""),
            township=self._given.get("township", ""),
        )

    def _measure(self) -> str | None:
        written = self._given["measure"]
        for code, described in self._form.measures.items():
            if written in (code, *described.names):
                return code
        self._fault(
            "measure", "unknown_measure", value=written, known="、".join(m.names[0] for m in self._form.measures.values())
        )
        return None

    def _item(self, measure: str) -> str:
        written, described = self._given.get("item", ""), self._form.measures[measure]
        if not written:
            return ""
        for code in described.items:
            if written in (code, *self._form.items[code].names):
                return code
        known = "、".join(self._form.items[code].names[0] for code in described.items)
        self._fault("item", "unknown_item", measure=described.names[0], value=written, known=known)
        return ""

    def _stage(self) -> str:
        written = self._given.get("stage", "")
        for code, names in self._form.stages.items():
            if written in names:
                return code
        if written:
            self._fault("stage", "unknown_stage", value=written, known="、".join(n[0] for n in self._form.stages.values()))
        return ""

    def _amount(self, item: str) -> Decimal | None:
        """``item``: empty where it is not known."""
        written, described = self._given.get("amount", ""), self._form.items.get(item)
        if not written:
            return None
        amount = _number(written)
        if amount is None or amount <= 0:
            self._fault("amount", "not_a_number", value=written)
        elif described is not None and described.is_whole and amount != amount.to_integral_value():
            self._fault("amount", "not_whole", value=written, item=described.names[0])
        elif amount != round(amount, 4):
            self._fault("amount", "too_fine", value=written)
        else:
            return amount
        return None

    def _cost(self) -> Decimal | None:
        written = self._given.get("cost_wan_yuan", "")
        if not written:
            self._fault("cost_wan_yuan", "no_cost", column=self._name("cost_wan_yuan"))
        elif written not in self._form.unknown_cost:
            cost = _number(written)
            if cost is not None and cost >= 0:
                return cost
            self._fault("cost_wan_yuan", "not_a_cost", value=written)
        return None

    def _check_move(self, measure: str, item: str, amount: Decimal | None) -> None:
        target, name = self._given.get("to_school_code", ""), self._form.measures[measure].names[0]
        is_move = self._form.measures[measure].kind in ("move", "merge")
        if is_move and not target:
            self._fault("to_school_code", "no_target", measure=name)
        elif target and not is_move:
            self._fault("to_school_code", "idle_target", measure=name)
        elif is_move and target == self._given.get("school_code"):
            self._fault("to_school_code", "same_school")
        if self._given.get("teacher") and not (is_move and item and self._form.items[item].is_person and amount == 1):
            self._fault("teacher", "not_a_teacher")


def _number(written: str) -> Decimal | None:
    try:
        number = Decimal(written.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _MOST else None


def _moved_twice(scenario: Scenario, measures: Sequence[Measure]) -> Iterator[str]:
    """A teacher who counts for several items moves once for each; from one place to one other."""
    first: dict[str, Measure] = {}
    ways: set[tuple[str, str]] = set()
    for measure in measures:
        if not measure.teacher:
            continue
        before = first.setdefault(measure.teacher, measure)
        way = (measure.teacher, measure.field)
        is_other = (before.school_code, before.to_school_code) != (measure.school_code, measure.to_school_code)
        if way in ways or is_other:
            yield scenario.fault(measure.row, "teacher", "moved_twice", teacher=measure.teacher, row=before.row)
        ways.add(way)
