"""Facts of the sheets of an .ods, from its ``content.xml``; a repeated line or cell counts as often as it stands."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from functools import cached_property
from xml.etree import ElementTree

from ingest.readers.facts import MOST_COLUMNS, MOST_ROWS, UNCALCULATED, UNNAMED_ERROR, Facts, calculates
from ingest.readers.reply import Refused
from ingest.readers.sheet import MAX_CELLS, PICTURE, Place, is_picture
from ingest.readers.texts import TEXT
from ingest.values.errors import is_error_text

_TOLD = re.compile(
    rb"""\btable:formula\s*=|\bvalue-type\s*=\s*["']error|\btable:visibility\s*=\s*["'](?:collapse|filter)|-spanned\s*=\s*["'](?!1["'])"""
)
_HIDDEN = frozenset({"collapse", "filter"})
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_VALUES = frozenset({"value", "string-value", "date-value", "time-value", "boolean-value"})


@dataclass
class _Cursor:
    """Where the reading of one sheet is."""

    facts: Facts
    row: int = 0
    column: int = 0
    columns: int = 0
    """Column elements so far."""
    errors: dict[int, str] = field(default_factory=dict)
    """Of the line that is read, by column."""
    formulas: list[int] = field(default_factory=list)


CONTENT = "content.xml"


class OdsFacts:
    """Tells the facts of an .ods."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @cached_property
    def _sheets(self) -> dict[str, Facts]:
        return facts_of(self._content)

    def facts(self, number: int, name: str) -> Facts:  # noqa: ARG002
        """Facts of one sheet."""
        return self._sheets.get(name) or Facts(merged=[])

    def formulas(self, number: int, name: str) -> list[Place]:
        """Cells of one sheet with a formula."""
        return self.facts(number, name).formulas


def facts_of(content: bytes) -> dict[str, Facts]:
    """Facts of each sheet by name; none where the file has nothing to tell. Raises Refused for more than a sheet may hold."""
    if not _TOLD.search(content):
        return {}
    sheets: dict[str, Facts] = {}
    open_sheets: list[_Cursor] = []
    for event, element in ElementTree.iterparse(io.BytesIO(content), ("start", "end")):
        tag = _local(element.tag)
        if tag == "table":
            if event == "start":  # a table within a cell is no sheet
                open_sheets.append(_Cursor(Facts(merged=[])))
                if len(open_sheets) == 1:
                    sheets.setdefault(_attributes(element).get("name", ""), open_sheets[0].facts)
            else:
                open_sheets.pop()
                element.clear()
        elif len(open_sheets) == 1 and event == "end":
            _enter(open_sheets[0], tag, element)
    return sheets


def _enter(at: _Cursor, tag: str, element: ElementTree.Element) -> None:
    if tag in _CELLS:
        _cell(at, element)
    elif tag == "table-row":
        attributes = _attributes(element)
        times = _times(attributes, "number-rows-repeated", MOST_ROWS)
        at.facts.hidden_rows += range(at.row, at.row + times) if attributes.get("visibility") in _HIDDEN else ()
        _end_of_line(at, times)
        element.clear()
    elif tag == "table-column":
        attributes = _attributes(element)
        times = _times(attributes, "number-columns-repeated", MOST_COLUMNS)
        at.facts.hidden_columns += range(at.columns, at.columns + times) if attributes.get("visibility") in _HIDDEN else ()
        at.columns += times


def _cell(at: _Cursor, element: ElementTree.Element) -> None:
    attributes = _attributes(element)
    times = _times(attributes, "number-columns-repeated", MOST_COLUMNS)
    columns = range(at.column, at.column + times)
    if error := _error(element, attributes):
        at.errors |= dict.fromkeys(columns, error)
    if calculates(attributes.get("formula")) and "formula" in attributes:
        at.formulas += columns
    height = _times(attributes, "number-rows-spanned", MOST_ROWS)
    width = _times(attributes, "number-columns-spanned", MOST_COLUMNS)
    if height > 1 or width > 1:
        assert at.facts.merged is not None
        at.facts.merged.append(((at.row, at.column), (at.row + height - 1, at.column + width - 1)))
    at.column += times


def _error(element: ElementTree.Element, attributes: dict[str, str]) -> str | None:
    """The error that a cell holds; a formula without value and text has never been calculated."""
    is_error = any(value == "error" and _local(key) == "value-type" for key, value in element.items())
    if is_picture(attributes.get("formula")):
        return PICTURE
    if not is_error and "formula" not in attributes:
        return None
    paragraphs = ["".join(child.itertext()) for child in element if _local(child.tag) == "p"]
    text = "\n".join(paragraphs).strip()
    if is_error or is_error_text(text):
        return text or UNNAMED_ERROR
    return UNCALCULATED if not paragraphs and _VALUES.isdisjoint(attributes) else None


def _end_of_line(at: _Cursor, times: int) -> None:
    """Enter the errors and formulas of a line, as often as it stands."""
    if times * (len(at.errors) + len(at.formulas)) > MAX_CELLS:
        raise Refused("too_large", TEXT("repeated", row=at.row + 1, times=times))
    for row in range(at.row, at.row + times) if at.errors or at.formulas else ():
        at.facts.errors |= {(row, column): text for column, text in at.errors.items()}
        at.facts.formulas += [(row, column) for column in at.formulas]
    at.errors, at.formulas = {}, []
    at.row, at.column = at.row + times, 0


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    """Attributes by their names without the namespace."""
    return {_local(key): value for key, value in element.items()}


def _times(attributes: dict[str, str], name: str, most: int) -> int:
    stated = attributes.get(name, "1")
    return min(int(stated), most) if stated.isascii() and stated.isdigit() and int(stated) else 1


def _local(name: str) -> str:
    return name.rpartition("}")[2]
