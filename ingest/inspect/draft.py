"""A draft of a contract from a file: its columns matched to the fields of a source, the rest left to a person.

Lines that begin with ``# ?`` are guesses and ``# missing`` are fields that must be there: whoever resolves them (removes the
mark, fills in the header, or deletes the line) has a contract that loads strictly. Keys: docs/contracts/README.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Literal

import yaml

from ingest.inspect.columns import SortedColumns, likeness, sort_columns
from ingest.inspect.head import Head, NoHeader, beginnings, head_of
from ingest.readers.sheet import column_letter
from ingest.schema.source import Source, load_source
from ingest.schema.table import TableContract
from ingest.schema.wide_table import WideTableContract
from ingest.shapes.contracts import contracts_of, load_contracts
from ingest.shapes.header import HeaderFinder
from ingest.values.names import without_names
from ingest.values.persons import MASK, header_name, is_personal
from junheng.core.messages import Messages

Kind = Literal["table", "wide_table"]
KINDS: tuple[Kind, ...] = ("table", "wide_table")

CENSUS = "school_census"
"""The source of a table that says nothing of another one more than of this."""
_CANDIDATES = 3
"""Sheets whose columns are compared with those of the source."""


def likeliest_source(data: bytes) -> str:
    """The source of which a file has most columns by name; the census where others have as many. Raises Refusal, NoHeader."""
    tables = contracts_of(TableContract)
    best, likeliest = (0, False, 0.0), CENSUS
    for sheet in beginnings(data, tables):
        for contract in tables:
            header = HeaderFinder(contract).find(sheet.rows, sheet.merged)
            if header is not None and (rank := (len(header.columns), contract.source == CENSUS, header.share)) > best:
                best, likeliest = rank, contract.source
    return likeliest


def draft(data: bytes, source_name: str, contract_id: str, say: Messages, kind: Kind | None = None) -> str:
    """The YAML of a draft contract. Raises Refusal where the file cannot be read, NoHeader.

    Without a ``kind`` it is a plain table, and a wide table where a field is the sum of columns or headers repeat below each
    other.
    """
    source = load_source(source_name)
    base = _plain_template(source)
    head = _likeliest_head(data, base)
    columns = sort_columns(source, head, base.model_copy(update={"columns": None}))
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


def _shown(head: Head, column: int) -> str:
    """The header of a column; where no column is known the row may be none, and its texts are looked at as cells."""
    text = "/".join(map(header_name, head.paths[column]))
    return text if head.is_known or text.isascii() else without_names(text, MASK)


def _plain_template(source: Source) -> TableContract:
    """The plain template of the source, for what is not in a file: system of areas, kinds, what a bad row does."""
    tables = [c for c in contracts_of(TableContract) if c.source == source.source]
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


def _likeliest_head(data: bytes, base: TableContract) -> Head:
    """The header that says most: columns of the source by name, else the first of the rows that hold most texts."""
    finder = HeaderFinder(base)
    heads = [head for sheet in beginnings(data, [base]) if (head := head_of(sheet, finder)) is not None]
    if not heads:
        raise NoHeader(base.source)
    heads.sort(key=lambda head: (len(head.header.columns), sum(map(bool, head.header.texts))), reverse=True)
    if len(heads) == 1:
        return heads[0]
    return max(heads[:_CANDIDATES], key=lambda head: (likeness(base.fields, head), len(head.header.columns)))


def _keys(base: TableContract, source: Source, contract_id: str, columns: SortedColumns, kind: Kind) -> list[str]:
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


def _table_columns(source: Source, head: Head, columns: SortedColumns) -> Iterator[str]:
    yield "columns:"
    for field in source.fields:
        if sure := columns.sure.get(field.name):
            yield f"  {field.name}: [{_quoted(head.header.texts[sure[0]])}]"
        elif guess := columns.guesses.get(field.name):
            yield f"  # ? {field.name}: [{_quoted(head.header.texts[guess[0][0]])}]  # {field.zh}, {guess[1]:.0%}"
        elif field in columns.missing:
            yield f"  # missing {field.name}: []  # {field.zh}"


def _wide_fields(source: Source, head: Head, columns: SortedColumns) -> Iterator[str]:
    def entry(name: str, parts_of: list[int]) -> str:
        parts = ", ".join(f"{{path: {_quoted(head.paths[column])}}}" for column in parts_of)
        return f"- {{field: {name}, first_of: [[{parts}]]}}"

    yield "wide_fields:"
    for field in source.fields:
        if sure := columns.sure.get(field.name):
            yield f"  {entry(field.name, sure)}"
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
