"""Forms under titles, several of them in one workbook: lists by columns, or cells numbered L1, L2 …, each a record.

A title says which form follows; it ends at the next one. Labels decide what a cell is, and never its address: a number of a
column is asked only where its header says nothing known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from ingest.readers.sheet import Merge, Sheet, column_letter
from ingest.readers.workbook import Workbook
from ingest.schema.contract import TitledFormContract, load_contracts
from ingest.schema.stages import stages
from ingest.shapes import statements
from ingest.shapes.formsheet import TOTALS, Place
from ingest.shapes.header import Header, HeaderFinder, header_paths, normalise
from ingest.shapes.lines import Kind, LeftOut, is_index, line_of
from ingest.shapes.merged import filled_down, is_measure, merged_figure, range_name
from ingest.shapes.rows import RawRow
from ingest.values.address import Addresses, CellAddress
from ingest.values.cells import BadCell, CellError, clean_text, number, squeeze
from ingest.values.faults import Refusal, row_fault
from ingest.values.persons import header_name, masked
from ingest.values.quotes import quotable
from ingest.values.units import is_unit
from junheng.core.records import Fault

_SEARCHED_ROWS = 30
_LONGEST_TITLE = 60
_TITLE_TEXTS = 2
"""Texts of a line with a title: itself, and a unit or a date beside it."""
_HEAD_ROWS = 12
_FEWEST = 2
"""Numbered cells that make a form of them."""
_LONGEST_LINE = 8
_NEAR = 0.6
_LINE = re.compile(r"l(\d{1,2})")
_PERCENT = re.compile(r"([+-]?[\d.,]+)%")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_UNIT = re.compile(r"（[^（）]*）$")
_NUMBERING = re.compile(r"^(?:[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)|\d+[.、])")


@dataclass(frozen=True)
class Section:
    """A form found in a sheet: its title, and its lines from ``first`` to before ``end`` (0-based)."""

    contract: TitledFormContract
    form: str
    title: str
    sheet: Sheet
    first: int
    end: int

    @property
    def rows(self) -> Sequence[list[object]]:
        """Lines of the form."""
        return self.sheet.rows[self.first : self.end]

    @property
    def merged(self) -> list[Merge]:
        """Merged ranges within it, counted from its first line."""
        return [
            ((top - self.first, left), (bottom - self.first, right))
            for (top, left), (bottom, right) in self.sheet.merged
            if self.first <= top and bottom < self.end
        ]


@lru_cache(maxsize=1)
def _titles() -> tuple[tuple[re.Pattern[str], str, TitledFormContract], ...]:
    contracts = [contract for contract in load_contracts() if isinstance(contract, TitledFormContract)]
    return tuple(
        (re.compile(pattern), form, contract)
        for contract in contracts
        for form, patterns in contract.titles.items()
        for pattern in patterns
    )


def find_sections(book: Workbook, is_table: Callable[[Section], bool]) -> list[Section]:
    """The forms of a workbook in order; none where it holds none. Raises Refusal for a form that lacks a column.

    ``is_table`` says of whatever stands under a title whether it is a plain table, which is never a form.
    """
    found = [section for name in book.names for section in _sections(book.sheet(name), name_says=not book.numbered)]
    return [section for section in found if not is_table(section) and TitledForm(section).is_there]


def _sections(sheet: Sheet, name_says: bool) -> Iterator[Section]:
    """Whatever stands under a title of this sheet; a sheet without one near its top may be one form, by a name of its own."""
    titles = [(row, *known) for row in range(min(_SEARCHED_ROWS, len(sheet.rows))) if (known := _title(sheet.rows[row]))]
    if titles:
        rest = range(_SEARCHED_ROWS, len(sheet.rows))
        titles += [(row, *known) for row in rest if (known := _title(sheet.rows[row]))]
    elif sheet.rows and name_says and (named := _title([sheet.name])):
        titles = [(-1, *named)]
    ends = [row for row, *_ in titles[1:]] + [len(sheet.rows)]
    for (row, form, contract, text), end in zip(titles, ends, strict=False):
        yield Section(contract, form, text, sheet, row + 1, end)


def _title(cells: Sequence[object]) -> tuple[str, TitledFormContract, str] | None:
    first = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "")
    if "表" not in first or len(first) > _LONGEST_TITLE or len(set(filter(None, map(squeeze, cells)))) > _TITLE_TEXTS:
        return None
    text = normalise(first)
    return next(((form, contract, text) for pattern, form, contract in _titles() if pattern.match(text)), None)


class TitledForm:
    """A section read through its contract. Raises Refusal where it is nearly the form and lacks a column."""

    def __init__(self, section: Section) -> None:
        self._section = section
        self._contract = section.contract
        self._sheet = section.sheet
        self.left_out = LeftOut(section.sheet.name)
        self._filled_down: dict[int, list[str]] = {}
        """Of a column the ranges whose text more records than one were given."""
        self._stages_to_add: list[Fault] = []
        self._words = {
            name: {squeeze(word): word for word in section.contract.value_maps[name]} for name in section.contract.labels
        }
        self._numbered = [
            (row, column)
            for row, cells in enumerate(section.rows[: None if section.contract.item else _HEAD_ROWS])
            for column, cell in enumerate(cells)
            if _line(cell)
        ]
        self._header = None if section.contract.item else self._find_header()
        asked = section.contract.statements if len(self._numbered) < _FEWEST else None
        self._columns = statements.find_columns(asked, section.rows) if asked else []

    @property
    def is_there(self) -> bool:
        """Whether the form itself stands under the title, and not only a word about it."""
        if self._contract.item is not None:
            return bool(self._columns) or len(self._numbered) >= _FEWEST
        return self._header is not None

    @property
    def place(self) -> str:
        """Where the form stands, for messages."""
        return f"工作表“{self._sheet.name}”" + (f"第{self._section.first}行起" if self._section.first > 1 else "")

    @property
    def unknown_columns(self) -> list[str]:
        """Headers of a list that no field is read from."""
        header = self._header
        if header is None:
            return []
        used = set(header.columns.values())
        labels = range(min(used))
        texts = [text for column, text in enumerate(header.texts) if text and column not in used and column not in labels]
        return [header_name(text) for text in texts if not _LINE.fullmatch(normalise(text))]

    @property
    def notes(self) -> list[Fault]:
        """What was taken and is worth a look; to be asked when the rows have been read."""
        header = self._header
        if header is None:
            return []
        found = {self._column_name(header, column): places for column, places in sorted(self._filled_down.items())}
        return ([filled_down(self._sheet.name, found)] if found else []) + self._stages_to_add

    def rows(self) -> Iterator[RawRow]:
        """Every record. Of a form that nobody filled in: none."""
        if not self._contract.item:
            found = list(self._records())
            self._tell_stages(found)
            said = [name for name in (self._header.columns if self._header else ()) if name not in self._contract.keys]
        else:
            found = list(self._statements() if self._columns else self._items())
            said = [self._contract.item.value, self._contract.item.text]
        if not any(_is_filled(row.raw.get(name)) for row in found for name in said):
            return
        yield from found

    # lists

    def _find_header(self) -> Header | None:
        rows, contract = self._section.rows, self._contract
        header = HeaderFinder(contract).find(rows[:_HEAD_ROWS], self._section.merged)
        numbers = [(row, column) for row, column in self._numbered if len([r for r, _ in self._numbered if r == row]) > 1]
        if header is None and not numbers:
            return None
        header = header or Header(numbers[0][0], {}, [], contract.required_columns, 0, None)
        columns, last = dict(header.columns), header.row
        for row, column in numbers:
            name = contract.numbers.get(squeeze(rows[row][column]).upper())
            if name and name not in columns and column not in columns.values():
                columns[name] = column
            last = max(last, row)
        missing = [field for field in contract.required_columns if field.name not in columns]
        share = 1 - len(missing) / len(contract.required_columns)
        if header.problem and share == 1:
            raise header.problem
        if missing and share >= _NEAR:
            labels = "、".join(contract.headers(field)[0] for field in missing)
            raise Refusal("missing_column", contract=contract.title_zh, columns=labels)
        return None if missing else replace(header, row=last, columns=columns, missing=[])

    def _records(self) -> Iterator[RawRow]:
        header = self._header
        assert header is not None
        first_value = min(c for name, c in header.columns.items() if name not in self._contract.keys)
        labels = [c for c in range(first_value) if c not in header.columns.values()]
        names = {name: self._column_name(header, column) for name, column in header.columns.items()}
        above: dict[str, str] = {}
        carried: dict[str, str] = {}
        repeated = self._repeated(header)
        for index in range(header.row + 1, len(self._section.rows)):
            cells = self._filled(index)
            texts = list(filter(None, map(squeeze, cells)))
            if not texts:
                continue
            raw = {name: cells[column] for name, column in header.columns.items() if column < len(cells)}
            stated = self._stated([clean_text(cells[c]) for c in labels if c < len(cells)])
            number_ = self._section.first + index + 1
            is_record = any(squeeze(raw.get(key)) or key in stated for key in self._contract.keys)
            if kind := self._no_record(index, cells, texts, bool(stated)):
                if kind == "group":
                    above, carried = self._labels_within(texts[0]), {}
                self.left_out.add(kind, number_)
                continue
            if not is_record and not any(squeeze(raw.get(f.name)) for f in self._contract.mapped if f.unit):
                self.left_out.add("footer", number_)
                continue
            carried |= {name: word for name, word in stated.items() if name in self._contract.carried}
            row = RawRow(self._sheet.name, number_, raw, dict(names))
            for name, word in (self._around() | above | carried | stated).items():
                if not squeeze(raw.get(name)):
                    row.raw[name] = word
            row.cells = {name: self._address(index, column) for name, column in header.columns.items() if name in raw}
            row.faults += repeated.get(index, [])
            self._note_filled(header, index)
            yield row

    def _note_filled(self, header: Header, index: int) -> None:
        """Remember the ranges that gave a record their text."""
        for name, column in header.columns.items():
            place = self._ranges_above.get((index, column))
            if place is not None and not is_measure(self._contract.fields.field(name)):
                told = range_name(column, *(self._section.first + row for row in place))
                places = self._filled_down.setdefault(column, [])
                places += [told] if told not in places else []

    @cached_property
    def _merged_columns(self) -> list[int]:
        return sorted({left for _, left in self._ranges_above})

    @cached_property
    def _ranges_above(self) -> dict[Place, tuple[int, int]]:
        """First and last line of the range whose text fills a cell below its first, by line and column.

        A range of several columns is read where a field is.
        """
        read = set(self._header.columns.values()) if self._header else set()
        rows = self._section.rows
        found: dict[Place, tuple[int, int]] = {}
        for (top, left), (bottom, right) in self._section.merged:
            above = rows[top]
            if (left == right or left in read) and left < len(above) and squeeze(above[left]):
                below = range(top + 1, min(bottom + 1, len(rows)))
                found |= {(row, left): (top, bottom) for row in below if not squeeze(next(iter(rows[row][left : left + 1]), ""))}
        return found

    def _repeated(self, header: Header) -> dict[int, list[Fault]]:
        """Faults of lines, by line, over which one amount is merged: whose it is nobody knows."""
        fields = {column: self._contract.fields.field(name) for name, column in header.columns.items()}
        found: dict[int, list[Fault]] = {}
        for (top, left), (bottom, _) in self._section.merged:
            cells = self._section.rows[top]
            if not header.row < top < bottom or left not in fields or not is_measure(fields[left]) or left >= len(cells):
                continue
            lines = [
                n for n in range(top, bottom + 1) if any(squeeze(c) for at, c in enumerate(self._section.rows[n]) if at != left)
            ]
            for line in lines if len(lines) > 1 and squeeze(cells[left]) else ():
                number_, name = self._section.first + line + 1, self._column_name(header, left)
                place = range_name(left, self._section.first + top, self._section.first + bottom)
                value = quotable(clean_text(cells[left]), fields[left])
                fault = merged_figure(self._sheet.name, number_, name, value, place, len(lines))
                found.setdefault(line, []).append(fault)
        return found

    def _no_record(self, index: int, cells: Sequence[object], texts: list[str], labelled: bool) -> Kind | None:
        """What a line is that holds no record."""
        if is_index(cells) or all(map(_line, texts)):
            return "index"
        kind = line_of(texts[0])
        if kind in {"total", "footer"} or (kind in {"mean", "statistic"} and not labelled):
            return kind
        if any(re.match(pattern, texts[0]) for pattern in self._contract.notes):
            return "footer"
        if len(set(texts)) == 1 and (kind == "group" or self._is_heading(texts[0]) or self._spans(index)):
            return "group"
        return None

    def _is_heading(self, text: str) -> bool:
        """Whether a line names nothing but what the lines below it have in common."""
        bare = _BRACKETS.sub("", _NUMBERING.sub("", text)).rstrip(":")
        return any(bare in {word, f"{word}部", f"{word}学校", f"{word}阶段"} for words in self._words.values() for word in words)

    def _spans(self, index: int) -> bool:
        return any(top == index and right > left + 1 for (top, left), (_, right) in self._section.merged)

    def _filled(self, index: int) -> list[object]:
        """Cells of a line; those of a range merged over lines hold its text."""
        cells = list(self._section.rows[index])
        for left in self._merged_columns:
            if (place := self._ranges_above.get((index, left))) is not None:
                cells.extend([None] * (left + 1 - len(cells)))
                cells[left] = self._section.rows[place[0]][left]
        return cells

    def _tell_stages(self, rows: Sequence[RawRow]) -> None:
        """Enter the stage of lines that do not state it; where nothing here tells, a note says what to add."""
        told, name = self._contract.sequence, "stage"
        if told is None or not rows or all(squeeze(row.raw.get(name)) for row in rows):
            return
        counted = set(map(normalise, told.headers))
        texts = self._header.texts if self._header else []
        column = next((column for column, text in enumerate(texts) if normalise(text) in counted), None)
        numbers = [self._counted(row, column) for row in rows]
        found = stages(numbers, [clean_text(row.raw.get("school_name")) for row in rows], told.names, told.order)
        for row, stage in zip(rows, found, strict=True):
            if squeeze(row.raw.get(name)):
                continue
            if stage is None:
                self._stages_to_add.append(self._stage_to_add(row))
            row.raw[name] = stage

    def _stage_to_add(self, row: RawRow) -> Fault:
        told = self._contract.sequence
        assert told is not None
        school = self._contract.fields.field("school_name")
        value = quotable(clean_text(row.raw.get(school.name)), school)
        return row_fault("stage_not_told", sheet=row.sheet, row=row.row, value=value, stages="”或“".join(told.order))

    def _counted(self, row: RawRow, column: int | None) -> int | None:
        cells = self._sheet.rows[row.row - 1] if row.row else []
        text = squeeze(cells[column]) if column is not None and column < len(cells) else ""
        text = text.removesuffix(".0")
        return int(text) if text.isascii() and text.isdigit() and len(text) < _LONGEST_LINE else None

    # lines with a conclusion in words

    def _statements(self) -> Iterator[RawRow]:
        """Of each line its conclusion, every figure in it, and whether it is met."""
        form, item = self._contract.statements, self._contract.item
        assert form is not None
        assert item is not None
        sentences = form.sentences.get(self._section.form, {})
        for line in statements.lines(self._columns, self._section.rows):
            header = max((header for header in self._columns if header.row < line.row), key=lambda header: header.row)
            figures = statements.figures(sentences[line.number], line.text) if line.number in sentences else []
            if not statements.is_unfilled(line.text) or any(figure.value for figure in figures):
                yield self._stated_cell(line, header.text, line.number, [], line.text, None)
            for number_, figure in enumerate(figures, 1):
                if figure.value is not None:
                    yield self._stated_cell(
                        line, header.text, f"{line.number}.{number_}", [figure.name], figure.value, figure.unit
                    )
            if clean_text(line.verdict):
                yield self._stated_cell(
                    line, header.verdict, f"{line.number}/{form.verdict[0]}", [form.verdict[0]], line.verdict, None
                )

    def _stated_cell(
        self, line: statements.Line, column: int, number_: str, names: list[str], cell: object, unit: str | None
    ) -> RawRow:
        item = self._contract.item
        assert item is not None
        raw: dict[str, object] = {item.form: self._section.form, item.line: number_, item.name: "/".join([line.name, *names])}
        raw |= self._said(cell) | ({item.unit: unit} if unit else {})
        labels = self._around() | self._labels([part for name in names for part in name.split("/")])
        raw |= {name: word for name, word in labels.items() if name not in raw}
        addresses = {field: self._address(line.row, column) for field in (item.value, item.text) if raw[field] is not None}
        shown = masked(names[-1] if names else line.name)
        row = self._section.first + line.row + 1
        return RawRow(self._sheet.name, row, raw, dict.fromkeys(raw, f"{number_} {shown}"), cells=addresses)

    # numbered cells

    def _said(self, cell: object) -> dict[str, object]:
        """What a cell holds, as a figure with its unit or as a text."""
        item = self._contract.item
        assert item is not None
        said: dict[str, object] = {item.value: None, item.text: None, item.unit: None}
        if percent := _PERCENT.fullmatch(squeeze(cell)):
            return said | {item.value: percent[1], item.unit: "%"}
        is_value = isinstance(cell, CellError) or _number(cell) is not None
        return said | {item.value if is_value else item.text: cell}

    def _items(self) -> Iterator[RawRow]:
        """A record for each numbered cell: what it holds is to its right, or below where the numbers stand side by side."""
        for row, column in self._numbered:
            if self._is_beside(row, column):
                yield from self._below(row, column)
            else:
                cells = self._section.rows[row]
                filled = next((c for c in range(column + 1, len(cells)) if squeeze(cells[c])), column + 1)
                at = filled if _number(cells[filled] if filled < len(cells) else None) is not None else column + 1
                before = [c for c in range(column) if (row, c) in self._numbered]
                start = max(before) + 2 if before else 0
                yield self._item(row, column, row, at, self._texts(row, start, column))

    def _is_beside(self, row: int, column: int) -> bool:
        """Whether the next filled cell to one side is a number of a cell, too."""
        cells = self._section.rows[row]
        right = next((cell for cell in cells[column + 1 :] if squeeze(cell)), None)
        left = next((cell for cell in reversed(cells[:column]) if squeeze(cell)), None)
        return _line(right) is not None or _line(left) is not None

    def _below(self, row: int, column: int) -> Iterator[RawRow]:
        beside = [c for r, c in self._numbered if r == row]
        names = header_paths(self._section.rows, self._section.merged, self._top(row), row)
        path = [text for text in (names[column] if column < len(names) else []) if not _line(text)]
        labels: dict[str, str] = {}
        """Told by the lines so far: a line that tells none belongs to the one above."""
        for below in range(row + 1, len(self._section.rows)):
            cells = self._filled(below)
            values = [cells[c] for c in beside if c < len(cells)]
            if below > row + 1 and not any(_number(value) is not None for value in values):
                break
            texts = self._texts(below, 0, min(beside))
            labels |= self._labels(texts)
            yield self._item(row, column, below, column, path, texts, labels)

    def _top(self, row: int) -> int:
        """The first line of the header over a line of numbers: below whatever the numbers above it hold."""
        above = [r for r, _ in self._numbered if r < row]
        if not above:
            return 0
        start = max(above) + 2
        while start < row and any(_number(cell) is not None for cell in self._section.rows[start]):
            start += 1
        return min(start, row)

    def _texts(self, row: int, start: int, end: int) -> list[str]:
        """Texts of a line between two columns, each once."""
        cells = [clean_text(cell) for cell in self._filled(row)[start:end]]
        return list(dict.fromkeys(text for text in cells if text and not _line(text)))

    def _item(
        self,
        row: int,
        column: int,
        at: int,
        place: int,
        path: list[str],
        beside: Sequence[str] = (),
        above: Mapping[str, str] | None = None,
    ) -> RawRow:
        """A record of the cell numbered at ``row`` and ``column``; ``above``: labels of the lines before."""
        item = self._contract.item
        assert item is not None
        line = squeeze(self._section.rows[row][column]).upper()
        cells = self._filled(at)
        cell = cells[place] if place < len(cells) else None
        own = [text for text in beside if squeeze(text) not in TOTALS and not self._labels([text])] if path else []
        units = [unit for text in own or path for unit in _BRACKETS.findall(squeeze(text)) if is_unit(unit) or unit == "%"]
        names = [*map(statements.printed, path), *map(statements.printed, own)]
        if own:  # the unit is that of the line, and the name another one than that of the column alone
            names = [*(_UNIT.sub("", name) for name in names[: len(path)]), *names[len(path) :]]
        raw: dict[str, object] = {item.form: self._section.form, item.line: "/".join([line, *own])}
        raw |= {item.name: "/".join(names) or line}
        said = self._said(cell)
        raw |= said | {item.unit: said[item.unit] or (units[-1] if units else None)}
        raw |= {
            name: word
            for name, word in (self._around() | dict(above or {}) | self._labels([*path, *beside])).items()
            if name not in raw
        }
        name = f"{line} {masked(path[-1])}" if path else line
        addresses = {field: self._address(at, place) for field in (item.value, item.text) if raw[field] is not None}
        return RawRow(self._sheet.name, self._section.first + at + 1, raw, dict.fromkeys(raw, name), cells=addresses)

    # labels

    def _labels(self, texts: Sequence[str]) -> dict[str, str]:
        """Words of the labels that these texts are, apart from brackets."""
        bare = [_BRACKETS.sub("", squeeze(text)).rstrip(":") for text in texts]
        found = {name: [words[text] for text in bare if text in words] for name, words in self._words.items()}
        return {name: words[0] for name, words in found.items() if words}

    def _stated(self, texts: Sequence[str]) -> dict[str, str]:
        """Labels beside a record; where nothing else names it, within a text as well."""
        names_records = set(self._contract.keys) <= set(self._contract.labels)
        return (self._labels_within(squeeze("".join(texts))) if names_records else {}) | self._labels(texts)

    def _labels_within(self, text: str) -> dict[str, str]:
        """Words of the labels within a text, where they mean one thing."""
        found = {}
        for name, words in self._words.items():
            inside = [word for word in words if word in _BRACKETS.sub("", text)]
            if len({self._contract.value_maps[name][words[word]] for word in inside}) == 1:
                found[name] = words[inside[0]]
        return found

    def _around(self) -> dict[str, str]:
        """Labels of the form as a whole: in its title, else in the name of its sheet."""
        return self._labels_within(squeeze(self._sheet.name)) | self._labels_within(self._section.title)

    def _address(self, index: int, column: int) -> Addresses:
        return (CellAddress(self._sheet.name, column_letter(column), self._section.first + index + 1),)

    @staticmethod
    def _column_name(header: Header, column: int) -> str:
        text = header.texts[column] if column < len(header.texts) else ""
        return text or f"{column_letter(column)}列"


def _is_filled(cell: object) -> bool:
    return isinstance(cell, CellError) or bool(squeeze(cell))


def _line(cell: object) -> str | None:
    """The number of a cell or column, ``L7``; None for any other text."""
    if not isinstance(cell, str) or len(cell) > _LONGEST_LINE or not _LINE.fullmatch(squeeze(cell).casefold()):
        return None
    return squeeze(cell).upper()


def _number(cell: object) -> object:
    """The number a cell holds, a percentage too; None for anything else."""
    try:
        return None if isinstance(cell, CellError) else number(_PERCENT.sub(r"\1", cell) if isinstance(cell, str) else cell)
    except BadCell:
        return None
