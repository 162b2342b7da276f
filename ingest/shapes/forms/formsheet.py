"""One form of a form workbook: its row codes, column numbers, labels and stacked header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import chain

from ingest.readers.sheet import Place, Sheet, column_index, column_letter
from ingest.schema.form_workbook import FormCell, FormCondition
from ingest.shapes.header import stacked_paths
from ingest.shapes.words import LAYOUT
from ingest.values.cells import show, squeeze

_A1 = re.compile(r"([A-Z]+)(\d+)")
_NUMERAL = re.compile(r"\d{1,3}")
_FIGURES = re.compile(r"[\d.,%]+")
_OF_WHICH = re.compile(rf"^(?:{LAYOUT.of_which}[:]?|[#＃])")
_HEAD_ROWS = 15


def label_of(cell: object) -> str:
    """A label or header in the form in which they are compared; "of which" items start with ``#``."""
    text = squeeze(cell)
    return text if text.isdigit() else _label(text)


@lru_cache(maxsize=4096)
def _label(text: str) -> str:
    return _OF_WHICH.sub("#", text).rstrip(":").removeprefix("*")


def _labels_of(texts: Sequence[str], loosely: bool = False) -> list[str]:
    """Header texts as labels; ``loosely``: without the mark of an "of which"."""
    return [label_of(text).lstrip("#") if loosely else label_of(text) for text in texts]


@lru_cache(maxsize=4096)
def _bare(label: str) -> str:
    """A label without "of which", unit and other brackets."""
    return re.sub(r"[(\[].*?[)\]]", "", label.lstrip("#"))


class FormSheet:
    """A sheet read as a form, its places without the rows and columns that the client drew around it (A, B, C… and 1, 2, 3…)."""

    def __init__(self, sheet: Sheet, a1_counts_frame: bool = False) -> None:
        self.name = sheet.name or ""
        self._named: dict[int, list[list[str]]] = {}
        self._rows_named: dict[int, tuple[dict[str, list[int]], dict[str, list[int]]]] = {}
        self._row_offset, self._column_offset = _frame(sheet.rows)
        self._shift = (self._row_offset, self._column_offset) if a1_counts_frame else (0, 0)
        self._rows = [row[self._column_offset :] for row in sheet.rows[self._row_offset :]]
        self._merged = [
            (top - self._row_offset, left - self._column_offset, bottom - self._row_offset, right - self._column_offset)
            for (top, left), (bottom, right) in sheet.merged
        ]

    def value(self, place: Place) -> object:
        """Raw cell; None outside the sheet."""
        row, column = place
        return self._rows[row][column] if row < len(self._rows) and column < len(self._rows[row]) else None

    def address(self, place: Place) -> str:
        """A1 name of the cell in the file."""
        return f"{column_letter(place[1] + self._column_offset)}{place[0] + self._row_offset + 1}"

    def number_of_row(self, place: Place) -> int:
        """1-based row in the file."""
        return place[0] + self._row_offset + 1

    def letter(self, place: Place) -> str:
        """Column letter in the file."""
        return column_letter(place[1] + self._column_offset)

    @property
    def rows(self) -> list[list[object]]:
        """Rows of the form."""
        return self._rows

    @cached_property
    def labels(self) -> list[list[str]]:
        """Every cell as a label."""
        return [list(map(label_of, row)) for row in self._rows]

    @cached_property
    def places(self) -> dict[str, list[Place]]:
        """Where each label stands, row by row."""
        places: dict[str, list[Place]] = {}
        for row, texts in enumerate(self.labels):
            for column, text in enumerate(texts):
                places.setdefault(text, []).append((row, column))
        return places

    @cached_property
    def _index_row(self) -> int | None:
        """The row ``甲 乙 1 2 3 …`` that numbers the columns."""
        for number, row in enumerate(self._rows[:_HEAD_ROWS]):
            texts = [squeeze(cell) for cell in row]
            if LAYOUT.stems[0] in texts and "1" in texts:
                return number
        return None

    @cached_property
    def _column_numbers(self) -> dict[int, int]:
        if self._index_row is None:
            return {}
        texts = [squeeze(cell) for cell in self._rows[self._index_row]]
        return {int(text): column for column, text in reversed(list(enumerate(texts))) if _NUMERAL.fullmatch(text)}

    @cached_property
    def _first_data_row(self) -> int:
        """The row below the header."""
        if self._index_row is not None:
            return self._index_row + 1
        for number, row in enumerate(self._rows[:_HEAD_ROWS]):
            if any(re.fullmatch(r"-?[\d.,]+|\*", show(cell).strip()) for cell in row[1:]):
                return number
        return 0

    @cached_property
    def _code_column(self) -> int | None:
        """The column of row codes: headed 代码, else the stem column whose cells are numerals."""
        head = self._rows[: self._first_data_row]
        for row in head:
            for column, cell in enumerate(row):
                if squeeze(cell) in LAYOUT.row_codes:
                    return column
        if self._index_row is None:
            return None
        stems = [c for c, cell in enumerate(self._rows[self._index_row]) if squeeze(cell) in LAYOUT.stems and squeeze(cell)]
        body = self._rows[self._first_data_row :]
        for column in stems[1:]:
            if any(_NUMERAL.fullmatch(squeeze(row[column])) for row in body if column < len(row)):
                return column
        return None

    @cached_property
    def _row_codes(self) -> dict[int, int]:
        codes: dict[int, int] = {}
        if self._code_column is None:
            return codes
        for number in range(self._first_data_row, len(self._rows)):
            text = squeeze(self.value((number, self._code_column)))
            if _NUMERAL.fullmatch(text):
                codes.setdefault(int(text), number)
        return codes

    def is_row_code(self, place: Place) -> bool:
        """Whether a cell numbers its row: it stands in the column of codes, or looks like one beside a filled cell."""
        return place[1] == self._code_column or re.fullmatch(r"\d{1,2}", squeeze(self.value(place))) is not None

    def _labels(self, row: int, before: int) -> list[str]:
        """Texts that name a row: those left of a column, without the row code."""
        if before not in self._named:
            columns = [column for column in range(before) if column != self._code_column]
            self._named[before] = [
                [text for column in columns if column < len(cells) and (text := cells[column]) and not _FIGURES.fullmatch(text)]
                for cells in self.labels
            ]
        return self._named[before][row] if row < len(self._rows) else []

    def _by_label(self, before: int) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Rows by their labels left of a column, as they are and apart from brackets."""
        if before not in self._rows_named:
            exact: dict[str, list[int]] = {}
            bare: dict[str, list[int]] = {}
            for number in range(len(self._rows)):
                for label in self._labels(number, before):
                    exact.setdefault(label, []).append(number)
                    bare.setdefault(_bare(label), []).append(number)
            self._rows_named[before] = exact, bare
        return self._rows_named[before]

    def _row_of_label(self, spec: FormCell, before: int, hint: int | None) -> int | None:
        start = self._first_data_row
        if spec.block:
            block = self._find_label(spec.block, before, start, None)
            if block is None:
                return None
            start = block
        return self._find_label(spec.label, before, start, hint)

    def _find_label(self, wanted: list[str], before: int, start: int, hint: int | None) -> int | None:
        """The row so labelled: exactly, else apart from brackets, else as part; several: the hinted row or none."""
        targets = [label_of(text) for text in wanted]
        exact, bare = self._by_label(before)
        ways: tuple[Callable[[], Iterable[int]], ...] = (
            lambda: chain.from_iterable(exact.get(target, ()) for target in targets),
            lambda: chain.from_iterable(bare.get(_bare(target), ()) for target in targets),
            lambda: (
                number
                for number in range(start, len(self._rows))
                if any(target in label for label in self._labels(number, before) for target in targets)
            ),
        )
        for way in ways:
            rows = sorted({number for number in way() if number >= start})
            if hint in rows:
                return hint
            if rows:
                return rows[0] if len(rows) == 1 or start != self._first_data_row else None
        return None

    @cached_property
    def _header_paths(self) -> list[list[str]]:
        """Stacked header texts of each column, merged cells filled; titles (one text in a row) are no header."""
        end = self._index_row if self._index_row is not None else self._first_data_row
        width = max((len(row) for row in self._rows), default=0)
        grid = [row + [""] * (width - len(row)) for row in self.labels[:end]]
        titles = {number for number, row in enumerate(grid) if sum(map(bool, row)) < 2}
        ranges = [((top, left), (bottom, right)) for top, left, bottom, right in self._merged if 0 <= top < end and left >= 0]
        return stacked_paths(grid, ranges, titles)

    @cached_property
    def _exact_paths(self) -> list[list[str]]:
        return [_labels_of(path) for path in self._header_paths]

    @cached_property
    def _loose_paths(self) -> list[list[str]]:
        return [_labels_of(path, loosely=True) for path in self._header_paths]

    @cached_property
    def _head(self) -> str:
        """All that stands above the data."""
        return "".join(squeeze(cell) for row in self._rows[: self._first_data_row] for cell in row)

    def columns_under(self, header: list[str], loosely: bool = False) -> list[int]:
        """Columns with this header, see :class:`FormCell`; ``loosely``: an "of which" is the same as none."""
        wanted = _labels_of(header, loosely)
        paths = self._loose_paths if loosely else self._exact_paths
        if len(wanted) == 1 and wanted[0].endswith(("…", "...")):
            start = wanted[0].rstrip("….")
            return [c for c, path in enumerate(paths) if any(text.startswith(start) for text in path)]
        return [c for c, path in enumerate(paths) if path[-len(wanted) :] == wanted]

    def shows(self, condition: FormCondition) -> bool:
        """Whether the form fulfils a condition."""
        return (
            (condition.text is None or condition.text in self._head)
            and (condition.not_text is None or condition.not_text not in self._head)
            and all(self.columns_under(header) for header in condition.has)
            and not any(self.columns_under(header) for header in condition.lacks)
            and all(
                number in self._column_numbers and self._column_numbers[number] in self.columns_under([header], loosely=True)
                for number, header in condition.numbered.items()
            )
            and all(self._place(a1)[1] in self.columns_under([header], loosely=True) for a1, header in condition.at.items())
        )

    def locate(self, spec: FormCell, kind: str | None) -> Place | None:
        """Where the cell stands; None when the form has structure but not this cell."""
        a1 = spec.by_kind.get(kind or "", spec.a1)
        fallback = self._place(a1) if a1 else None
        row, column = self._row(spec, fallback), self._column(spec, fallback)
        return None if row is None or column is None else (row, column)

    def _place(self, a1: str) -> Place:
        row, column = _place(a1)
        return row - self._shift[0], column - self._shift[1]

    def _column(self, spec: FormCell, fallback: Place | None) -> int | None:
        hint = fallback[1] if fallback else None
        if spec.column is not None and self._column_numbers:
            return self._column_numbers.get(spec.column)
        if spec.header:
            columns = self.columns_under(spec.header) or self.columns_under(spec.header, loosely=True)
            if columns:
                totals = [c for c in columns if self._is_total(c)] or columns
                return hint if hint in totals else totals[0]
        if hint is None:
            return None
        path = self._header_paths[hint] if hint < len(self._header_paths) else []
        return None if any(text.startswith(start) for text in path for start in spec.not_under) else hint

    def _is_total(self, column: int) -> bool:
        """Whether a column is the total of its group, or a group of one column."""
        path = self._header_paths[column]
        return len(path) == 1 or path[-1] in LAYOUT.totals

    def _row(self, spec: FormCell, fallback: Place | None) -> int | None:
        hint = fallback[0] if fallback else None
        if spec.row is not None and self._row_codes:
            return self._row_codes.get(int(spec.row))
        before = self._label_end(fallback)
        if spec.label:
            labelled = self._row_of_label(spec, before, hint)
            if labelled is not None:
                return labelled
            if hint is not None and self._labels(hint, before):
                return None
        return hint

    def _label_end(self, fallback: Place | None) -> int:
        """First column that is no label."""
        if self._column_numbers:
            return min(self._column_numbers.values())
        return fallback[1] if fallback else 2


def _place(a1: str) -> Place:
    match = _A1.fullmatch(a1)
    if match is None:
        raise ValueError(f"not an A1 address: {a1}")
    return int(match[2]) - 1, column_index(match[1])


def _frame(rows: Sequence[list[object]]) -> Place:
    """How many rows and columns the client drew around the form: a row ``A B C`` and a column ``1 2 3``."""
    if not rows:
        return 0, 0
    letters = [squeeze(cell) for cell in rows[0]]
    for shift in (0, 1):
        if letters[shift : shift + 3] == ["A", "B", "C"]:
            numbers = [squeeze(row[0]) for row in rows[1:4] if row]
            return 1, int(shift == 1 or numbers == ["1", "2", "3"])
    return 0, 0
