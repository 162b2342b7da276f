"""The ledger: committed nights, and the one night that is open.

A night is prepared in ``ledger/.open-<number>`` and becomes true by one rename to ``ledger/nights/<number>``;
committed nights never change (docs/adr/0001-spine.md).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from junheng.core import chain
from junheng.core.days import iso_day
from junheng.core.home import Home, discard, write_atomically
from junheng.core.records import SCHEMAS, LandedFile, ParseResult

_FEW_ROWS = 16


@dataclass(frozen=True)
class Candidate:
    """A file to judge tonight. ``delivery_night`` differs from tonight when a refused file is judged again."""

    file: LandedFile
    delivery_night: int


@dataclass
class NightPlan:
    """What ``open_night`` found; everything later tasks need to know about the run."""

    number: int
    run_id: str
    as_of: str
    """ISO date of the run in China; the only clock of the rules."""
    started_at: str
    landing: str
    school_years: list[int] | None
    rules_version: str
    candidates: list[Candidate] = field(default_factory=list)
    inventory: list[dict[str, Any]] = field(default_factory=list)
    """Rows of the ledger table ``inventory``."""
    unreadable: list[ParseResult] = field(default_factory=list)
    """Folders or files that could not be read or placed: refused before parsing."""
    copies: list[ParseResult] = field(default_factory=list)
    """Files with the bytes of another one in their folder, which is judged for them."""


def atomic_parquet(table: pa.Table, path: Path, arrow_schema: bool = True) -> None:
    """Write a Parquet file so that readers see all of it or nothing.

    A file of few rows is hardly more than its schema: compression would cost more than it saves. ``arrow_schema``: keep the
    schema in Arrow's words as well, which types that Parquet knows itself do not need.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd" if table.num_rows > _FEW_ROWS else "none",
        use_dictionary=False,
        write_statistics=False,
        store_schema=arrow_schema,
    )
    write_atomically(path, sink.getvalue().to_pybytes())


class NightUnreadable(RuntimeError):
    """What was written of a night does not come back as it was meant, so that it must not become true."""


class OpenNight:
    """The night being worked on: a folder ``ledger/.open-<number>`` shared by the tasks of one run."""

    def __init__(self, home: Home, number: int) -> None:
        self.home = home
        self.number = number
        self.path = home.ledger / f".open-{number:06d}"
        self.rows = Home(self.path / chain.STAGED, is_plain=True)
        """Where bronze and quarantine of tonight lie until the night is true: what earlier nights wrote stays as it is."""

    @property
    def plan(self) -> NightPlan:
        """The plan written by ``open_night``. Raises FileNotFoundError when the night was thrown away meanwhile."""
        data = json.loads((self.path / "plan.json").read_text(encoding="utf-8"))
        data["candidates"] = [Candidate(LandedFile(**c["file"]), c["delivery_night"]) for c in data["candidates"]]
        for results in ("unreadable", "copies"):
            data[results] = [ParseResult.from_dict(r) for r in data[results]]
        return NightPlan(**data)

    def write_plan(self, plan: NightPlan) -> None:
        """Store the plan; the night exists from here on."""
        write_atomically(self.path / "plan.json", json.dumps(asdict(plan), ensure_ascii=False).encode())

    def write_result(self, result: ParseResult) -> None:
        """Store what ingest learned of one file (one JSON file each, so that a repeated task overwrites itself)."""
        data = json.dumps(result.to_dict(), ensure_ascii=False).encode()
        write_atomically(self.path / "results" / f"{result.submission_id}.json", data)

    def results(self) -> list[ParseResult]:
        """Parse results of tonight, ordered by file name."""
        results = [
            ParseResult.from_dict(json.loads(p.read_text(encoding="utf-8"))) for p in (self.path / "results").glob("*.json")
        ]
        return sorted(results, key=lambda r: (r.file_name, r.submission_id))

    def drop_results(self, submission_ids: set[str]) -> None:
        """Forget the parse results of these submissions, and their rows."""
        for submission_id in submission_ids:
            (self.path / "results" / f"{submission_id}.json").unlink(missing_ok=True)
            for place in (self.rows.bronze, self.rows.quarantine):
                for folder in place.glob(f"*/submission_id={submission_id}"):
                    shutil.rmtree(folder)

    def write_table(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Write one ledger table of tonight (schema ``SCHEMAS[name]``); missing columns become null."""
        atomic_parquet(pa.Table.from_pylist(rows, schema=SCHEMAS[name]), self.path / f"{name}.parquet")

    def read_table(self, name: str) -> pa.Table:
        """Read one ledger table of tonight."""
        return pq.read_table(self.path / f"{name}.parquet")

    def commit(self, night: dict[str, Any]) -> Path:
        """Make the night true: all tables must be there and can be read, then one rename and an entry in the chain.

        ``night`` is what ``night.json`` says, with the day of the run as ``as_of``. Returns the folder. Raises NightUnreadable.
        """
        missing = [name for name in SCHEMAS if not (self.path / f"{name}.parquet").exists()]
        if missing:
            raise RuntimeError(f"night {self.number} lacks {', '.join(missing)}")
        write_atomically(self.path / chain.ROWS, json.dumps(self._rows(), indent=1).encode())
        facts = night | {"in_chain": True}
        write_atomically(self.path / "night.json", json.dumps(facts, ensure_ascii=False, indent=1).encode())
        self._read_back(facts)
        target = self.home.nights / f"{self.number:06d}"
        self.path.rename(target)
        chain.seal_nights(self.home, self.number)
        return target

    def _rows(self) -> dict[str, str | None]:
        """Hash of every bronze and quarantine file of tonight; None where a submission judged tonight has none (any more)."""
        hashes: dict[str, str | None] = {}
        for result in self.results():
            if result.source and (result.part or result.submission_id == result.sha256[:16]):  # a misplaced copy has no own rows
                place = result.source, result.submission_id
                for path in (self.rows.bronze_file(*place), self.rows.quarantine_file(*place)):
                    hashes[path.relative_to(self.rows.path).as_posix()] = None
        staged = chain.row_files(self.rows)
        return hashes | {path.relative_to(self.rows.path).as_posix(): chain.sha256_of(path) for path in staged}

    def _read_back(self, facts: dict[str, Any]) -> None:
        """Read the night as builds and later nights will: once it is true, nobody can mend it."""
        try:
            written = json.loads((self.path / "night.json").read_text(encoding="utf-8"))
            if written != facts or iso_day(written["as_of"]) != written["as_of"]:
                raise ValueError("night.json")
            for name, schema in SCHEMAS.items():
                if not self.read_table(name).schema.equals(schema):
                    raise ValueError(name)
            if chain.rows_of(self.path) != self._rows():
                raise ValueError(chain.ROWS)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:  # those of Arrow are ValueErrors and OSErrors
            raise NightUnreadable(f"night {self.number}: {type(error).__name__}: {error}") from error


class Ledger:
    """All committed nights of a home."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def numbers(self) -> list[int]:
        """Numbers of the committed nights, ascending."""
        return [int(folder.name) for folder in chain.night_folders(self.home)]

    def open_next(self) -> OpenNight:
        """Throw away what a killed run left open and open the next night."""
        for stray in self.home.ledger.glob(".open-*"):
            discard(stray)
        number = max(self.numbers(), default=0) + 1
        night = OpenNight(self.home, number)
        night.path.mkdir(parents=True)
        return night

    def night(self, number: int) -> dict[str, Any]:
        """``night.json`` of a committed night. Its day has one spelling, whatever an earlier version wrote."""
        data = (self.home.nights / f"{number:06d}" / "night.json").read_text(encoding="utf-8")
        facts = dict(json.loads(data))
        return facts | {"as_of": iso_day(facts["as_of"])} if facts.get("as_of") else facts

    def table(self, name: str, night: int | None = None) -> pa.Table:
        """One ledger table over all committed nights (or one), in night order."""
        numbers = self.numbers() if night is None else [night]
        parts = [pq.read_table(self.home.nights / f"{n:06d}" / f"{name}.parquet") for n in numbers]
        return pa.concat_tables([SCHEMAS[name].empty_table(), *parts], promote_options="default")
