"""Facts of a sheet of an .xlsx, from its part."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from ingest.readers import hidden
from ingest.readers.facts import UNCALCULATED, UNNAMED_ERROR, Facts, calculates, settle
from ingest.readers.package import Package, part_name
from ingest.readers.reply import Refused
from ingest.readers.sheet import PICTURE, Place, column_index, is_picture
from ingest.values.texts import row_place

_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_ERROR = re.compile(rb"""\st\s*=\s*["']e["']""")
_UNCALCULATED = re.compile(
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
"""A formula without the value it had when the workbook was saved: a program wrote it that does not calculate."""
_ON_LOAD = re.compile(rb"""<(?:\w+:)?calcPr\b[^>]*\bfullCalcOnLoad\s*=\s*["'](?:1|true)["']""")
_A1 = re.compile(r"([A-Z]+)(\d+)")
_ZERO = re.compile(r"-?0(?:\.0*)?")


WORKBOOK = "xl/workbook.xml"


class XlsxFacts:
    """Tells the facts of an .xlsx; only sheets in whose part something may stand are looked through."""

    def __init__(self, package: Package, marked: frozenset[str]) -> None:
        self._package = package
        self._marked = frozenset(map(part_name, marked))
        workbook = package.read(WORKBOOK)
        self._on_load = asks_to_calculate(workbook)
        related = package.related(WORKBOOK)
        self._parts = [
            related.get(next((value for key, value in item.attrib.items() if key.endswith("}id")), ""), "")
            for item in ElementTree.fromstring(workbook).iter()
            if item.tag.endswith("}sheet")
        ]
        self._known: dict[int, Facts] = {}

    def facts(self, number: int, name: str) -> Facts:
        """Facts of one sheet but its formulas. Raises Refused where the workbook does not lead to it."""
        if number >= len(self._parts) or not self._package.holds(self._parts[number]):
            raise Refused("damaged_workbook", row_place(name))
        facts = self._facts(number)
        if facts.nothing:
            settle(self._facts(each) for each in range(len(self._parts)))
        return facts

    def formulas(self, number: int, name: str) -> list[Place]:
        """Cells of one sheet with a formula."""
        self.facts(number, name)
        return formulas_of(xml) if (xml := self._xml(number)) else []

    def _facts(self, number: int) -> Facts:
        if number not in self._known:
            xml = self._xml(number)
            self._known[number] = facts_of(xml, self._on_load) if xml else Facts()
        return self._known[number]

    def _xml(self, number: int) -> bytes:
        part = self._parts[number]
        return self._package.read(part) if part_name(part) in self._marked else b""


def asks_to_calculate(workbook: bytes) -> bool:
    """Whether the workbook is to be calculated when it is opened: no program that calculates saved it last."""
    return _ON_LOAD.search(workbook) is not None


def facts_of(xml: bytes, on_load: bool) -> Facts:
    """Facts of a sheet but its formulas; ``on_load``: see :func:`asks_to_calculate`."""
    lines = hidden.of_sheet(xml)
    facts = Facts(hidden_rows=lines.rows, hidden_columns=lines.columns)
    if b"DISPIMG" in xml or _ERROR.search(xml) or _UNCALCULATED.search(xml) or (on_load and _FORMULA.search(xml)):
        for place, held, kind in _cells(xml):
            value = held.get("v")
            if is_picture(held.get("f")):
                facts.errors[place] = PICTURE
            elif kind == "e":
                facts.errors[place] = value or UNNAMED_ERROR
            elif "f" not in held:
                continue
            elif not value and kind != "str":
                facts.errors[place] = UNCALCULATED
            elif on_load and kind in (None, "n") and _ZERO.fullmatch(value or ""):
                facts.nothing.append(place)
            else:
                facts.is_calculated = True
    return facts


def formulas_of(xml: bytes) -> list[tuple[int, int]]:
    """Cells of a sheet with a formula that calculates."""
    return [place for place, held, _ in _cells(xml) if "f" in held and calculates(held["f"])]


def _cells(xml: bytes) -> Iterator[tuple[tuple[int, int], dict[str, str | None], str | None]]:
    """Place, parts and type of every cell; a row or cell without a reference follows the one before."""
    row = column = -1
    for event, element in ElementTree.iterparse(io.BytesIO(xml), ("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif event == "start" and tag == "c":
            reference = _A1.fullmatch(element.get("r", ""))
            row, column = (int(reference[2]) - 1, column_index(reference[1])) if reference else (row, column + 1)
        elif event == "end" and tag == "c":
            yield (row, column), {child.tag.rpartition("}")[2]: child.text for child in element}, element.get("t")
            element.clear()
        elif event == "end" and tag == "row":
            element.clear()
