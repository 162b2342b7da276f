"""A draft of a contract from a file: its columns matched to the fields of a source, the rest left to a person.

Lines that begin with ``# ?`` are guesses and ``# missing`` are fields that must be there: whoever resolves them (removes the
mark, fills in the header, or deletes the line) has a contract that loads strictly. Keys: docs/contracts/README.md.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import yaml

from ingest.readers import text as text_reader
from ingest.readers.sheet import Sheet, column_letter
from ingest.readers.text import BadByte, TextFile
from ingest.readers.workbook import looks_like_workbook, open_workbook
from ingest.schema.contract import TableContract, WideTableContract, load_contracts
from ingest.schema.data import read_yaml
from ingest.schema.source import Field, Source, load_source
from ingest.shapes.header import Header, HeaderFinder, header_paths, normalise
from ingest.values.cells import squeeze
from ingest.values.names import without_names
from ingest.values.persons import MASK, header_name, holds_person, is_personal
from junheng.core.messages import Messages

Kind = Literal["table", "wide_table"]
KINDS: tuple[Kind, ...] = ("table", "wide_table")

CENSUS = "school_census"
"""The source of a table that says nothing of another one more than of this."""

_SIMILAR = 0.6
"""Similarity of two headers from which on one is offered for the other."""
_SEARCHED_ROWS = 30
_HEAD_ROWS = 60
_STACKED = 3
_CANDIDATES = 3
"""Sheets whose columns are compared with those of the source."""
_NUMBER = re.compile(r"[+-]?[\d.,]*\d%?")
_UNIT = re.compile(r"[(\[（].*?[)\]）]")
_TOKENS = re.compile(r"[^\W_]+")


class NoHeader(ValueError):
    """No row of the file looks like a header."""


@dataclass(frozen=True)
class _Head:
    """A sheet's first rows and the header found in them."""

    sheet: Sheet
    header: Header
    paths: list[list[str]]
    """Stacked texts of each column."""
    is_known: bool
    """Whether a column of the source is there by name."""


@dataclass(frozen=True)
class _Guess:
    field: Field
    column: int
    similarity: float


@dataclass(frozen=True)
class _Columns:
    """The columns of a header sorted by what is known of them."""

    sure: dict[str, list[int]]
    """Columns by field; of several the field is the sum."""
    guesses: dict[str, tuple[list[int], float]]
    unmatched: list[int]
    missing: list[Field]

    @property
    def has_sums(self) -> bool:
        """Whether a field is the sum of columns."""
        return any(len(columns) > 1 for columns in (*self.sure.values(), *(columns for columns, _ in self.guesses.values())))


def likeliest_source(data: bytes) -> str:
    """The source of which a file has most columns by name; the census where others have as many. Raises Refusal, NoHeader."""
    tables = [contract for contract in load_contracts() if isinstance(contract, TableContract)]
    best, found = (0, False, 0.0), CENSUS
    for sheet in _heads(data, tables):
        for contract in tables:
            header = HeaderFinder(contract).find(sheet.rows, sheet.merged)
            if header is not None and (rank := (len(header.columns), contract.source == CENSUS, header.share)) > best:
                best, found = rank, contract.source
    return found


def draft(data: bytes, source_name: str, contract_id: str, say: Messages, kind: Kind | None = None) -> str:
    """The YAML of a draft contract. Raises Refusal where the file cannot be read, NoHeader.

    Without a ``kind`` it is a plain table, and a wide table where a field is the sum of columns or headers repeat below each
    other.
    """
    source = load_source(source_name)
    base = _base(source)
    head = _head(data, base)
    columns = _sorted(source, head)
    leaves = [path[-1] for path in head.paths if path]
    kind = kind or ("wide_table" if columns.has_sums or len(set(leaves)) < len(leaves) else "table")
    lines = [
        "# " + say("draft_place", row=head.header.row + 1, sheet=head.sheet.name or "—"),
        "# " + say("draft_keys"),
        "# " + say("draft_guesses"),
        "# " + say("draft_missing"),
        *_keys(base, source, contract_id, columns, kind),
        *(_table_columns(source, head, columns) if kind == "table" else _wide_fields(source, head, columns)),
    ]
    if columns.unmatched:
        lines.append("# " + say("draft_unmatched"))
        for column in columns.unmatched:
            text = _shown(head, column)
            personal = f" {say('draft_personal')}" if is_personal(head.header.texts[column]) else ""
            lines.append(f"#   {column_letter(column)} {text}{personal}")
    return "\n".join(lines) + "\n"


def _shown(head: _Head, column: int) -> str:
    """The header of a column; where no column is known the row may be none, and its texts are looked at as cells."""
    text = "/".join(map(header_name, head.paths[column]))
    return text if head.is_known or text.isascii() else without_names(text, MASK)


def _base(source: Source) -> TableContract:
    """The plain template of the source, for what is not in a file: system of areas, kinds, what a bad row does."""
    tables = [c for c in load_contracts() if isinstance(c, TableContract) and c.source == source.source]
    plain = sorted(tables, key=lambda contract: contract.columns is not None)
    if plain and plain[0].columns is None:
        return plain[0]
    return TableContract(
        kind="table",
        id=f"{source.source}.draft",
        source=source.source,
        title_zh=source.title_zh,
        covers="county",
        area_system=next(c for c in load_contracts() if c.source == source.source).area_system,
        on_bad_row="quarantine",
    )


def _heads(data: bytes, contracts: Sequence[TableContract]) -> list[Sheet]:
    """The first rows of every sheet; text once, with the delimiter that sets most columns apart. Raises Refusal."""
    if looks_like_workbook(data):
        book = open_workbook(data)
        sheets = [book.sheet(name) for name in book.names]
        return [replace(sheet, rows=sheet.rows[:_HEAD_ROWS]) for sheet in sheets if sheet.rows]
    decoded = TextFile(data).decode(list(dict.fromkeys(encoding for c in contracts for encoding in c.encodings)))
    text = decoded.lenient if isinstance(decoded, BadByte) else decoded
    beginning = text_reader.beginning(text)
    delimiters = dict.fromkeys(delimiter for c in contracts for delimiter in c.delimiters(beginning))
    read = [text_reader.head(text, delimiter)[:_HEAD_ROWS] for delimiter in delimiters]
    return [Sheet(None, max(read, key=_width))]


def _width(rows: Sequence[Sequence[object]]) -> int:
    """Columns of most rows."""
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0


def _head(data: bytes, base: TableContract) -> _Head:
    """The header that says most: columns of the source by name, else the first of the rows that hold most texts."""
    finder = HeaderFinder(base)
    found = [head for sheet in _heads(data, [base]) if (head := _head_of(sheet, finder)) is not None]
    if not found:
        raise NoHeader(base.source)
    found.sort(key=lambda head: (len(head.header.columns), sum(map(bool, head.header.texts))), reverse=True)
    if len(found) == 1:
        return found[0]
    return max(found[:_CANDIDATES], key=lambda head: (_likeness(base.fields, head), len(head.header.columns)))


def _likeness(source: Source, head: _Head) -> float:
    known = len(head.header.columns)
    return known + sum(
        guess.similarity for guess in _guesses(source, head.header.texts, set(head.header.columns.values()), set())
    )


def _head_of(sheet: Sheet, finder: HeaderFinder) -> _Head | None:
    known = finder.find(sheet.rows, sheet.merged)
    likely = _likely_row(sheet.rows)
    if known is not None and (len(known.columns) > 1 or likely is None):
        row = known.row
    elif likely is not None:
        row, known = likely, None
    else:
        return None
    bottom = _last_row(sheet, row)
    top = known.top if known is not None and known.top is not None else row
    paths = header_paths(sheet.rows, sheet.merged, top, bottom)
    if known is None or bottom > row:
        texts = ["".join(path) for path in paths]
        read = finder.find([list(texts)])
        known = replace(read, row=row) if read else Header(row, {}, texts, [], 0.0, None)
    return _Head(sheet, known, paths, bool(known.columns))


def _likely_row(rows: Sequence[Sequence[object]]) -> int | None:
    """The first of the rows that hold most texts, with a line below it; None without two texts side by side."""
    filled = [index for index, row in enumerate(rows) if any(map(squeeze, row))]
    scores = {index: _texts(rows[index]) for index in filled[:_SEARCHED_ROWS] if index != filled[-1] or len(filled) == 1}
    best = max(scores, key=lambda index: (scores[index], -index), default=None)
    return best if best is not None and scores[best] > 1 else None


def _texts(row: Sequence[object]) -> int:
    """How many more texts than numbers stand in a row; two for each number."""
    cells = list(filter(None, map(squeeze, row)))
    numbers = sum(_NUMBER.fullmatch(cell) is not None or holds_person(cell) for cell in cells)
    return len(set(cells)) - 3 * numbers


def _last_row(sheet: Sheet, row: int) -> int:
    """The last row of a header: rows of texts alone below it fill what it leaves blank or spans."""
    last = row
    while last + 2 < min(len(sheet.rows), row + 1 + _STACKED):
        below, above = sheet.rows[last + 1], sheet.rows[last]
        texts = [column for column, cell in enumerate(below) if squeeze(cell)]
        spanned = {column for (first, left), (_, right) in sheet.merged if first == last for column in range(left, right + 1)}
        spanned |= _repeated(above)
        fills = [column for column in texts if column in spanned or column >= len(above) or not squeeze(above[column])]
        if not texts or len(fills) * 2 < len(texts) or any(_NUMBER.fullmatch(squeeze(below[column])) for column in texts):
            break
        last += 1
    return last


def _repeated(row: Sequence[object]) -> set[int]:
    """Columns whose text stands beside them once more, as where a text over several columns is written into each."""
    texts = list(map(squeeze, row))
    pairs = (column for column, (text, following) in enumerate(pairwise(texts)) if text and text == following)
    return {column for first in pairs for column in (first, first + 1)}


def _sorted(source: Source, head: _Head) -> _Columns:
    header = head.header
    sure = {name: [column] for name, column in header.columns.items()}
    used = set(header.columns.values())
    guesses: dict[str, tuple[list[int], float]] = {}
    finder = HeaderFinder(_plain(source))
    for columns, whole in _sums(head, used):
        known = finder.find([[whole]])
        names = [name for name in (known.columns if known else ()) if name not in sure]
        if names:
            sure[names[0]] = columns
            used.update(columns)
        elif found := _guesses(source, [whole], set(), {*sure, *guesses}):
            guesses[found[0].field.name] = columns, found[0].similarity
            used.update(columns)
    for guess in _guesses(source, header.texts, used, {*sure, *guesses}):
        guesses[guess.field.name] = [guess.column], guess.similarity
        used.add(guess.column)
    unmatched = [column for column, text in enumerate(header.texts) if text and column not in used]
    missing = [field for field in source.fields if field.required and field.name not in {*sure, *guesses}]
    return _Columns(sure, guesses, unmatched, missing)


def _plain(source: Source) -> TableContract:
    return _base(source).model_copy(update={"columns": None})


@lru_cache(maxsize=1)
def _splits() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words) for words in read_yaml(Path(__file__).with_name("parts.yml")))


def _sums(head: _Head, used: set[int]) -> Iterator[tuple[list[int], str]]:
    """Columns that differ in a word by which an amount is split, and what is left of their headers without it."""
    taken = set(used)
    for words in _splits():
        groups: dict[str, dict[str, int]] = {}
        for column, text in enumerate(head.header.texts):
            if text and column not in taken:
                for word in words:
                    if (rest := _without(text, word)) is not None:
                        groups.setdefault(rest, {}).setdefault(word, column)
                        break
        for rest, found in groups.items():
            if len(found) == len(words):
                taken.update(found.values())
                yield sorted(found.values()), rest


def _without(text: str, word: str) -> str | None:
    """A header without a word; None where it does not hold it as a word of its own."""
    if not word.isascii():
        rest = text.replace(word, "", 1) if word in text else None
        return (rest and rest.strip("-—_/：:（）() ")) or None
    tokens = _TOKENS.findall(text)
    rest_of = [token for token in tokens if token.casefold() != word]
    return "_".join(rest_of).casefold() if rest_of and len(rest_of) == len(tokens) - 1 else None


def _guesses(source: Source, texts: Sequence[str], used: set[int], known: set[str]) -> list[_Guess]:
    """For each column that is not known, the field whose header is most like it; each field once, the most alike first."""
    columns = {column: text for column, text in enumerate(texts) if text and column not in used}
    keys: dict[str, int] = {}
    for column, text in columns.items():
        if not text.isdigit() and not is_personal(text):
            keys.setdefault(normalise(_UNIT.sub("", text)), column)
    pairs = [
        _Guess(field, keys[key], similarity)
        for field in source.fields
        if field.name not in known
        for key, similarity in _alike(field, tuple(keys)).items()
    ]
    pairs.sort(key=lambda guess: (-guess.similarity, guess.column))
    chosen: list[_Guess] = []
    fields, taken = set(), set()
    for guess in pairs:
        if guess.field.name not in fields and guess.column not in taken:
            chosen.append(guess)
            fields.add(guess.field.name)
            taken.add(guess.column)
    return chosen


def _alike(field: Field, keys: Sequence[str]) -> dict[str, float]:
    """How alike headers are to those of a field, as far as they are."""
    found: dict[str, float] = {}
    for name in dict.fromkeys(map(normalise, (field.name, field.zh, *field.aliases))):
        matcher = difflib.SequenceMatcher(None, b=name)
        letters = Counter(name)
        for key in keys:
            # two texts cannot be more alike than by their lengths, nor than by the letters they share
            least = _SIMILAR * (len(key) + len(name)) / 2
            if min(len(key), len(name)) < least or _shared(_letters(key), letters) < least:
                continue
            matcher.set_seq1(key)
            if (similarity := matcher.ratio()) >= _SIMILAR:
                found[key] = max(similarity, found.get(key, 0.0))
    return found


def _shared(one: Counter[str], other: Counter[str]) -> int:
    return sum(min(number, other[letter]) for letter, number in one.items() if letter in other)


@lru_cache(maxsize=4096)
def _letters(key: str) -> Counter[str]:
    return Counter(key)


def _keys(base: TableContract, source: Source, contract_id: str, columns: _Columns, kind: Kind) -> list[str]:
    """The keys above the columns, those that say something else than the contract's defaults.

    Columns that neither the source nor a stage asks for are optional: a bureau leaves one out next year.
    """
    settings = base.model_dump(exclude_defaults=True, exclude={"id", "title_zh", "columns", "optional_columns"})
    title = f"{source.title_zh}（{contract_id.partition('.')[2]}）"
    entries: dict[str, object] = {"id": contract_id, "source": source.source, "title_zh": title, "kind": kind}
    allowed = TableContract if kind == "table" else WideTableContract
    entries |= {name: value for name, value in settings.items() if name not in entries and name in allowed.model_fields}
    there = {*columns.sure, *columns.guesses}
    asked = {field.name for field in source.fields if field.required} | set(base.stage_columns.values())
    if kind == "wide_table":
        entries["absent_marks"] = []
        entries["required"] = [field.name for field in source.fields if field.required and field.name in there]
    elif optional := [field.name for field in source.fields if field.name in there - asked]:
        entries["optional_columns"] = optional
    return [f"{name}: {_quoted(value)}" for name, value in entries.items()]


def _table_columns(source: Source, head: _Head, columns: _Columns) -> Iterator[str]:
    yield "columns:"
    for field in source.fields:
        if places := columns.sure.get(field.name):
            yield f"  {field.name}: [{_quoted(head.header.texts[places[0]])}]"
        elif guess := columns.guesses.get(field.name):
            yield f"  # ? {field.name}: [{_quoted(head.header.texts[guess[0][0]])}]  # {field.zh}, {guess[1]:.0%}"
        elif field in columns.missing:
            yield f"  # missing {field.name}: []  # {field.zh}"


def _wide_fields(source: Source, head: _Head, columns: _Columns) -> Iterator[str]:
    def entry(name: str, places: list[int]) -> str:
        parts = ", ".join(f"{{path: {_quoted(head.paths[place])}}}" for place in places)
        return f"- {{field: {name}, first_of: [[{parts}]]}}"

    yield "wide_fields:"
    for field in source.fields:
        if places := columns.sure.get(field.name):
            yield f"  {entry(field.name, places)}"
        elif guess := columns.guesses.get(field.name):
            yield f"  # ? {entry(field.name, guess[0])}  # {field.zh}, {guess[1]:.0%}"
        elif field in columns.missing:
            yield f"  # missing - {{field: {field.name}, first_of: [[{{path: []}}]]}}  # {field.zh}"


def _quoted(value: object) -> str:
    """A value in one line of YAML, quoted where YAML would read something else."""
    if isinstance(value, str):
        try:
            is_plain = yaml.safe_load(f"[{value}]") == [value]
        except yaml.YAMLError:
            is_plain = False
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_quoted(item)}" for key, item in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_quoted, value)) + "]"
    return json.dumps(value)
