"""Forms of which each item is a record: cells numbered L1, L2 …, or lines with a conclusion in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ingest.shapes.forms import statements
from ingest.shapes.forms.labels import BRACKETS, FormLabels
from ingest.shapes.forms.sections import PERCENT, FilledLines, Section, line_number, number_in
from ingest.shapes.header import header_paths
from ingest.shapes.lines import LeftOut
from ingest.shapes.records import RawRow
from ingest.shapes.words import LAYOUT
from ingest.values.cells import CellError, clean_text, squeeze
from ingest.values.persons import masked
from ingest.values.units import is_unit
from junheng.core.records import Fault

_FEWEST = 2
"""Numbered cells that make a form of them."""
_UNIT = re.compile(r"（[^（）]*）$")


class ItemForm:
    """A section read item by item."""

    def __init__(self, section: Section) -> None:
        assert section.contract.item is not None
        self.section = section
        self._contract = section.contract
        self._item_fields = section.contract.item
        self._labels = FormLabels(section)
        self._lines = FilledLines(section)
        self.left_out = LeftOut(section.sheet.name)
        self.unknown_columns: list[str] = []
        self.notes: list[Fault] = []
        self.stating = [self._item_fields.value, self._item_fields.text]
        """Fields of which one is filled in a form that says anything."""
        self._numbered = [
            (row, column) for row, cells in enumerate(section.rows) for column, cell in enumerate(cells) if line_number(cell)
        ]
        asked = section.contract.statements if len(self._numbered) < _FEWEST else None
        self._columns = statements.find_columns(asked, section.rows) if asked else []

    @property
    def is_there(self) -> bool:
        """Whether the form itself stands under the title, and not only a word about it."""
        return bool(self._columns) or len(self._numbered) >= _FEWEST

    def records(self) -> list[RawRow]:
        """Every item that says anything."""
        return list(self._statements() if self._columns else self._items())

    # lines with a conclusion in words

    def _statements(self) -> Iterator[RawRow]:
        """Of each line its conclusion, every figure in it, and whether it is met."""
        form = self._contract.statements
        assert form is not None
        sentences = form.sentences.get(self.section.form, {})
        for line in statements.lines(self._columns, self.section.rows):
            header = max((header for header in self._columns if header.row < line.row), key=lambda header: header.row)
            figures = statements.figures(sentences[line.number], line.text) if line.number in sentences else []
            if not statements.is_unfilled(line.text) or any(figure.value for figure in figures):
                yield self._statement(line, header.text, line.number, [], line.text, None)
            for number, figure in enumerate(figures, 1):
                if figure.value is not None:
                    id_of_figure = f"{line.number}.{number}"
                    yield self._statement(line, header.text, id_of_figure, [figure.name], figure.value, figure.unit)
            if clean_text(line.verdict):
                name = form.verdict[0]
                yield self._statement(line, header.verdict, f"{line.number}/{name}", [name], line.verdict, None)

    def _statement(
        self, line: statements.Line, column: int, number: str, names: list[str], cell: object, unit: str | None
    ) -> RawRow:
        item = self._item_fields
        raw: dict[str, object] = {item.form: self.section.form, item.line: number, item.name: "/".join([line.name, *names])}
        raw |= self._content(cell) | ({item.unit: unit} if unit else {})
        labels = self._labels.around() | self._labels.among([part for name in names for part in name.split("/")])
        raw |= {name: word for name, word in labels.items() if name not in raw}
        return self._row(line.row, column, raw, f"{number} {masked(names[-1] if names else line.name)}")

    # numbered cells

    def _content(self, cell: object) -> dict[str, object]:
        """What a cell holds, as a figure with its unit or as a text."""
        item = self._item_fields
        content: dict[str, object] = {item.value: None, item.text: None, item.unit: None}
        if percent := PERCENT.fullmatch(squeeze(cell)):
            return content | {item.value: percent[1], item.unit: "%"}
        is_value = isinstance(cell, CellError) or number_in(cell) is not None
        return content | {item.value if is_value else item.text: cell}

    def _items(self) -> Iterator[RawRow]:
        """A record for each numbered cell: what it holds is to its right, or below where the numbers stand side by side."""
        for row, column in self._numbered:
            if self._is_beside(row, column):
                yield from self._below(row, column)
            else:
                cells = self.section.rows[row]
                filled = next((c for c in range(column + 1, len(cells)) if squeeze(cells[c])), column + 1)
                value = filled if number_in(cells[filled] if filled < len(cells) else None) is not None else column + 1
                before = [c for c in range(column) if (row, c) in self._numbered]
                start = max(before) + 2 if before else 0
                yield self._item(row, column, row, value, self._texts(row, start, column))

    def _is_beside(self, row: int, column: int) -> bool:
        """Whether the next filled cell to one side is a number of a cell, too."""
        cells = self.section.rows[row]
        right = next((cell for cell in cells[column + 1 :] if squeeze(cell)), None)
        left = next((cell for cell in reversed(cells[:column]) if squeeze(cell)), None)
        return line_number(right) is not None or line_number(left) is not None

    def _below(self, row: int, column: int) -> Iterator[RawRow]:
        beside = [c for r, c in self._numbered if r == row]
        names = header_paths(self.section.rows, self.section.merged, self._top(row), row)
        path = [text for text in (names[column] if column < len(names) else []) if not line_number(text)]
        labels: dict[str, str] = {}
        """Those of the lines so far: a line without any belongs to the one above."""
        for below in range(row + 1, len(self.section.rows)):
            cells = self._lines.cells(below)
            values = [cells[c] for c in beside if c < len(cells)]
            if below > row + 1 and not any(number_in(value) is not None for value in values):
                break
            texts = self._texts(below, 0, min(beside))
            labels |= self._labels.among(texts)
            yield self._item(row, column, below, column, path, texts, labels)

    def _top(self, row: int) -> int:
        """The first line of the header over a line of numbers: below whatever the numbers above it hold."""
        above = [r for r, _ in self._numbered if r < row]
        if not above:
            return 0
        start = max(above) + 2
        while start < row and any(number_in(cell) is not None for cell in self.section.rows[start]):
            start += 1
        return min(start, row)

    def _texts(self, row: int, start: int, end: int) -> list[str]:
        """Texts of a line between two columns, each once."""
        cells = [clean_text(cell) for cell in self._lines.cells(row)[start:end]]
        return list(dict.fromkeys(text for text in cells if text and not line_number(text)))

    def _item(
        self,
        row: int,
        column: int,
        value_row: int,
        value_column: int,
        path: list[str],
        beside: Sequence[str] = (),
        above: Mapping[str, str] | None = None,
    ) -> RawRow:
        """A record of the cell numbered at ``row`` and ``column``; ``above``: labels of the lines before."""
        item = self._item_fields
        line = squeeze(self.section.rows[row][column]).upper()
        cells = self._lines.cells(value_row)
        cell = cells[value_column] if value_column < len(cells) else None
        of_line = (
            [text for text in beside if squeeze(text) not in LAYOUT.totals and not self._labels.among([text])] if path else []
        )
        units = [unit for text in of_line or path for unit in BRACKETS.findall(squeeze(text)) if is_unit(unit) or unit == "%"]
        names = [*map(statements.printed, path), *map(statements.printed, of_line)]
        if of_line:  # the unit is that of the line, and the name another one than that of the column alone
            names = [*(_UNIT.sub("", name) for name in names[: len(path)]), *names[len(path) :]]
        raw: dict[str, object] = {item.form: self.section.form, item.line: "/".join([line, *of_line])}
        raw |= {item.name: "/".join(names) or line}
        content = self._content(cell)
        raw |= content | {item.unit: content[item.unit] or (units[-1] if units else None)}
        labels = self._labels.around() | dict(above or {}) | self._labels.among([*path, *beside])
        raw |= {name: word for name, word in labels.items() if name not in raw}
        return self._row(value_row, value_column, raw, f"{line} {masked(path[-1])}" if path else line)

    def _row(self, index: int, column: int, raw: dict[str, object], name: str) -> RawRow:
        """The record of a cell, whose value or text stands in it."""
        section, item = self.section, self._item_fields
        addresses = {field: section.address(index, column) for field in (item.value, item.text) if raw[field] is not None}
        return RawRow(section.sheet.name, section.number(index), raw, dict.fromkeys(raw, name), cells=addresses)
