"""A province of counties whose files hold planted faults, with the list of what was planted where.

Fictional area 990101, 990102 …; the same arguments give the same files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from junheng.core.typed import StrictModel, load
from samples import plain_sources
from samples.fields import DATA, Row, template
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


class PlantedKind(StrictModel):
    """A fault as people make it: the rule that has to name it, and what is changed."""

    source: str
    rule: str
    where: dict[str, str] = Field(default_factory=dict)
    change: dict[str, str | None] = Field(default_factory=dict)
    repeat: bool = False
    warn: bool = False


class SpoiltFile(StrictModel):
    """A file that is spoilt as a whole."""

    rule: str
    text: str | None = None
    keep_lines: int | None = None
    """How many of its lines are left, the header among them."""
    encoding: str | None = None


class PlantedFaults(StrictModel):
    """``samples/data/planted_faults.yml``."""

    rows: tuple[PlantedKind, ...]
    files: tuple[SpoiltFile, ...]


def _fits(row: Row, where: dict[str, str]) -> bool:
    return all(str(row[name]) == value for name, value in where.items())


def _plant(file: _File, path: str, kinds: Sequence[PlantedKind]) -> Iterator[Planted]:
    """Plant each kind once, each in a row of its own; a kind that no free row fits is left out."""
    used: set[int] = set()
    for kind in kinds:
        at = next((n for n, row in enumerate(file.rows) if n not in used and _fits(row, kind.where)), None)
        if at is None:
            continue
        used.add(at)
        lines = [at + 2]
        if kind.repeat:
            file.rows.append(dict(file.rows[at]))
            used.add(len(file.rows) - 1)
            lines.append(len(file.rows) + 1)
        file.rows[at] |= kind.change
        yield from (Planted(path, kind.rule, None if kind.warn else line, kind.warn) for line in lines)


def _kinds_of(source: str, kinds: Sequence[PlantedKind], county: int) -> list[PlantedKind]:
    """Kinds of a county's file: a file with faults of reading is not judged further, so they are in every second county."""
    mine = [kind for kind in kinds if kind.source == source]
    read = [kind for kind in mine if kind.rule.startswith("ingest.")]
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
    kinds = load(DATA / "planted_faults.yml", PlantedFaults)
    lists = {source: plain_sources.rows(source) for source in plain_sources.sources()}
    planted: list[Planted] = []
    whole = len(kinds.files)
    for nth, (county, rows) in enumerate(sorted(counties(number, _SCHOOLS, seed).items())):
        files = {CENSUS: _File(CENSUS, _census(rows))}
        files |= {source: _File(source, [{**row, "county_code": county} for row in given]) for source, given in lists.items()}
        for source, file in files.items():
            path = f"{county}/{YEAR}/{source}.csv"
            if source == "births" and nth >= number - whole:
                planted.append(_whole_file(out / path, path, file, kinds.files[nth - number + whole]))
                continue
            planted += _plant(file, path, _kinds_of(source, kinds.rows, nth))
            header, *lines = file.lines()
            write_table(out / path, [str(text) for text in header], lines, "csv", "utf-8-sig")
    return planted


def _whole_file(target: Path, path: str, file: _File, kind: SpoiltFile) -> Planted:
    header, *lines = file.lines()
    write_table(
        target,
        [str(text) for text in header],
        lines[: None if kind.keep_lines is None else kind.keep_lines - 1],
        "csv",
        "utf-8-sig",
    )
    if kind.text is not None:
        target.write_text(kind.text, encoding="utf-8")
    elif kind.encoding is not None:
        target.write_bytes(target.read_bytes() + b"\xff\xfe\xff")
    return Planted(path, kind.rule, None)
