"""A draft of a table contract from a file: its columns matched to the fields of a source, the rest left to a person.

Lines that begin with ``# ?`` are guesses and ``# missing`` are fields that must be there: whoever resolves them (removes the
mark, fills in the header, or deletes the line) has a contract that loads strictly.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import yaml

from ingest.cells import clean_text
from ingest.contract import TableContract, load_contracts
from ingest.header import Header, HeaderFinder, normalise
from ingest.original import sheets_of
from ingest.persons import header_name, is_personal
from ingest.readers.sheet import Sheet, column_letter
from ingest.readers.workbook import looks_like_workbook
from ingest.source import Field, Source, load_source
from junheng.messages import Messages

_SIMILAR = 0.6
"""Similarity of two headers from which on one is offered for the other."""
_SEARCHED_ROWS = 30
_UNIT = re.compile(r"[(\[（].*?[)\]）]")


class NoHeader(ValueError):
    """No row of the file looks like a header of the source."""


@dataclass(frozen=True)
class _Guess:
    field: Field
    header: str
    similarity: float


@dataclass(frozen=True)
class _Columns:
    """The columns of a header sorted by what is known of them."""

    sure: dict[str, str]
    guesses: list[_Guess]
    unmatched: list[tuple[str, str]]
    """Letter and header."""
    missing: list[Field]


def likeliest_source(data: bytes) -> str:
    """The source of which a file has most columns by name. Raises Refusal where it cannot be read, NoHeader."""
    tables = [contract for contract in load_contracts() if isinstance(contract, TableContract)]
    of_workbook = sheets_of(data, tables[0]) if looks_like_workbook(data) else None
    best, found = (0, 0.0), ""
    for contract in tables:
        for sheet in of_workbook or sheets_of(data, contract):
            header = HeaderFinder(contract).find(sheet.rows, sheet.merged)
            if header is not None and (rank := (len(header.columns), header.share)) > best:
                best, found = rank, contract.source
    if not found:
        raise NoHeader
    return found


def draft(data: bytes, source_name: str, contract_id: str, say: Messages) -> str:
    """The YAML of a draft contract. Raises Refusal where the file cannot be read, NoHeader."""
    source = load_source(source_name)
    base = _base(source)
    sheet, header = _header(data, base)
    columns = _sorted(source, header)
    lines = [
        "# " + say("draft_place", row=header.row + 1, sheet=sheet.name or "—"),
        "# " + say("draft_guesses"),
        "# " + say("draft_missing"),
        *_head(base, source, contract_id, columns),
        "columns:",
    ]
    guesses = {guess.field.name: guess for guess in columns.guesses}
    for field in source.fields:
        if field.name in columns.sure:
            lines.append(f"  {field.name}: [{_quoted(columns.sure[field.name])}]")
        elif guess := guesses.get(field.name):
            lines.append(f"  # ? {field.name}: [{_quoted(guess.header)}]  # {field.zh}, {guess.similarity:.0%}")
        elif field in columns.missing:
            lines.append(f"  # missing {field.name}: []  # {field.zh}")
    if columns.unmatched:
        lines.append("# " + say("draft_unmatched"))
        for letter, text in columns.unmatched:
            lines.append(f"#   {letter} {header_name(text)}" + (f" {say('draft_personal')}" if is_personal(text) else ""))
    return "\n".join(lines) + "\n"


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


def _header(data: bytes, base: TableContract) -> tuple[Sheet, Header]:
    """The row that says most: columns of the source by name, then columns like those of the source."""
    best: tuple[tuple[float, float], Sheet, Header] | None = None
    finder = HeaderFinder(base)
    for sheet in sheets_of(data, base):
        headers = [
            replace(finder.find([row]) or Header(0, {}, [clean_text(cell) for cell in row], [], 0.0, None), row=index)
            for index, row in enumerate(sheet.rows[:_SEARCHED_ROWS])
        ]
        if (stacked := finder.find(sheet.rows, sheet.merged)) and stacked.top is not None:
            headers.append(stacked)
        for header in headers:
            like = sum(guess.similarity for guess in _guesses(base.fields, header, set()))
            rank = (len(header.columns) + like, len(header.columns))
            if rank[0] and (best is None or rank > best[0]):
                best = (rank, sheet, header)
    if best is None or best[0][0] < 2:
        raise NoHeader(base.source)
    return best[1], best[2]


def _sorted(source: Source, header: Header) -> _Columns:
    sure = {name: header.texts[column] for name, column in header.columns.items()}
    guesses = _guesses(source, header, set(sure))
    used = {*header.columns.values(), *(header.texts.index(guess.header) for guess in guesses)}
    unmatched = [(column_letter(column), text) for column, text in enumerate(header.texts) if text and column not in used]
    known = {*sure, *(guess.field.name for guess in guesses)}
    missing = [field for field in source.fields if field.required and field.name not in known]
    return _Columns(sure, guesses, unmatched, missing)


def _guesses(source: Source, header: Header, sure: set[str]) -> list[_Guess]:
    """For each column that is not known, the field whose header is most like it; each field once."""
    taken = set(header.columns.values())
    texts = list(dict.fromkeys(text for column, text in enumerate(header.texts) if text and column not in taken))
    pairs = [
        _Guess(field, text, _similarity(text, field))
        for text in texts
        if not text.isdigit() and not is_personal(text)
        for field in source.fields
        if field.name not in sure and field.name not in header.columns
    ]
    pairs.sort(key=lambda guess: -guess.similarity)
    chosen: list[_Guess] = []
    for guess in pairs:
        if guess.similarity < _SIMILAR:
            break
        if all(guess.field != other.field and guess.header != other.header for other in chosen):
            chosen.append(guess)
    return chosen


def _similarity(text: str, field: Field) -> float:
    key = normalise(_UNIT.sub("", text))
    return max(difflib.SequenceMatcher(None, key, normalise(name)).ratio() for name in (field.name, field.zh, *field.aliases))


def _head(base: TableContract, source: Source, contract_id: str, columns: _Columns) -> list[str]:
    """The keys above the columns, those that say something else than the contract's defaults.

    Columns that neither the source nor a stage asks for are optional: a bureau leaves one out next year.
    """
    settings = base.model_dump(exclude_defaults=True, exclude={"id", "title_zh", "columns", "optional_columns", "suggested"})
    title = f"{source.title_zh}（{contract_id.partition('.')[2]}）"
    entries: dict[str, object] = {"id": contract_id, "source": source.source, "title_zh": title, "kind": "table"}
    entries |= {name: value for name, value in settings.items() if name not in entries}
    there = {*columns.sure, *(guess.field.name for guess in columns.guesses)}
    asked = {field.name for field in source.fields if field.required} | set(base.stage_columns.values())
    if optional := [field.name for field in source.fields if field.name in there - asked]:
        entries["optional_columns"] = optional
    return [f"{name}: {_quoted(value)}" for name, value in entries.items()]


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
