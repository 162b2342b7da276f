"""A province of counties whose files hold planted faults, with the list of what was planted where.

Fictional area 990101, 990102 …; the same arguments give the same files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples import plain_sources
from samples.fields import Row, data, template
from samples.frauds import YEAR, counties
from samples.write import write_table

CENSUS = "school_census"
_SCHOOLS = 60


@dataclass(frozen=True)
class Planted:
    """One fault: the rule that has to name it, in which file, and at which line (None: the file as a whole, or a warning)."""

    file: str
    rule: str
    line: int | None
    is_warning: bool = False


@dataclass
class _File:
    """A file before it is written: header and lines of canonical rows."""

    source: str
    rows: list[Row]

    def lines(self) -> list[list[object]]:
        if self.source == CENSUS:
            columns = [field for field in template(CENSUS) if any(field.name in row for row in self.rows)]
            return [[field.label for field in columns], *([row.get(field.name) for field in columns] for row in self.rows)]
        return plain_sources.delivered(self.source, self.rows)


def _fits(row: Row, where: dict[str, Any]) -> bool:
    return all(str(row[name]) == value for name, value in where.items())


def _plant(file: _File, path: str, kinds: list[dict[str, Any]]) -> Iterator[Planted]:
    """Plant each kind once, each in a row of its own; a kind that no free row fits is left out."""
    used: set[int] = set()
    for kind in kinds:
        at = next((n for n, row in enumerate(file.rows) if n not in used and _fits(row, kind.get("where", {}))), None)
        if at is None:
            continue
        used.add(at)
        lines = [at + 2]
        if kind.get("repeat"):
            file.rows.append(dict(file.rows[at]))
            used.add(len(file.rows) - 1)
            lines.append(len(file.rows) + 1)
        file.rows[at] |= kind.get("change", {})
        warning = bool(kind.get("warn"))
        yield from (Planted(path, kind["rule"], None if warning else line, warning) for line in lines)


def _kinds_of(source: str, kinds: list[dict[str, Any]], county: int) -> list[dict[str, Any]]:
    """Kinds of a county's file: a file with faults of reading is not judged further, so they are in every second county."""
    mine = [kind for kind in kinds if kind["source"] == source]
    read = [kind for kind in mine if kind["rule"].startswith("ingest.")]
    if not read:
        return mine
    return read if county % 2 else [kind for kind in mine if kind not in read]


def _census(rows: list[Row]) -> list[Row]:
    names = {field.name for field in template(CENSUS)}
    return [{name: value for name, value in row.items() if name in names} for row in rows if row["school_year"] == YEAR]


def write_province(out: Path, number: int, seed: int) -> list[Planted]:
    """Write ``number`` counties to ``out`` with every kind of ``samples/data/planted_faults.yml``; returns what was planted.

    Faults of rows are in every county; in the last counties the list of births is unreadable as a whole.
    """
    kinds = data("planted_faults")
    lists = {source: plain_sources.rows(source) for source in plain_sources.sources()}
    planted: list[Planted] = []
    whole = len(kinds["files"])
    for nth, (county, rows) in enumerate(sorted(counties(number, _SCHOOLS, seed).items())):
        files = {CENSUS: _File(CENSUS, _census(rows))}
        files |= {source: _File(source, [{**row, "county_code": county} for row in given]) for source, given in lists.items()}
        for source, file in files.items():
            path = f"{county}/{YEAR}/{source}.csv"
            if source == "births" and nth >= number - whole:
                planted.append(_whole_file(out / path, path, file, kinds["files"][nth - number + whole]))
                continue
            planted += _plant(file, path, _kinds_of(source, kinds["rows"], nth))
            header, *lines = file.lines()
            write_table(out / path, [str(text) for text in header], lines, "csv", "utf-8-sig")
    return planted


def _whole_file(target: Path, path: str, file: _File, kind: dict[str, Any]) -> Planted:
    header, *lines = file.lines()
    write_table(target, [str(text) for text in header], lines[: 0 if "keep_lines" in kind else None], "csv", "utf-8-sig")
    if "text" in kind:
        target.write_text(kind["text"], encoding="utf-8")
    elif "encoding" in kind:
        target.write_bytes(target.read_bytes() + b"\xff\xfe\xff")
    return Planted(path, kind["rule"], None)
