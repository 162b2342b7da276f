"""The papers of a release: a folder for each county, ``papers/<county>/``, and those that name officials in ``restricted/``.

Written once, when the release is; nobody signed it then, and the papers say so. What is made of the same release is the
same, byte by byte. ``papers.json`` lists them (:class:`ListedPaper`). A kind of paper of a county is not written again while
the marts that it reads, the files of the home that it reads and the program are those of the release before, and the day where
it counts days: its papers are linked from there, and their foot goes on naming the release in which they were written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import duckdb

from junheng.core import chain
from junheng.core.home import Home
from junheng.core.sql import identifier, literal, tables
from publish.papers import (
    act_papers,
    application_form,
    inspections,
    issue_ledger,
    purchases,
    rectification,
    rehearsal,
    returns,
    school_plans,
    self_figures,
    self_report,
    task_lists,
    weak_subjects,
)
from publish.papers.kind import PaperContext, PaperKind, Papers
from publish.tables.artifacts import MARTS
from publish.tables.reading import CountyYear, newest_counties
from publish.tables.release_manifest import ReleaseManifest
from publish.words.texts import texts

FOLDER = "papers"
"""Below a release, and below its restricted part."""
LIST = "papers.json"
_DAY = len("2026-03-01")
_COUNTIES = "dim_county"
"""Mart that every kind reads: it says of which counties there are papers."""


def _footed(
    write: Callable[[duckdb.DuckDBPyConnection, CountyYear, Mapping[str, str]], Papers],
) -> Callable[[duckdb.DuckDBPyConnection, CountyYear, PaperContext], Papers]:
    """What writes papers from the marts and their foot alone."""
    return lambda connection, county, context: write(connection, county, context.foot)


KINDS: tuple[PaperKind, ...] = (
    PaperKind("application_form", application_form.TABLES, _footed(application_form.application_forms)),
    PaperKind("self_report", self_figures.TABLES, self_report.self_reports),
    PaperKind("rectification", rectification.TABLES, rectification.rectification_papers, files_read=rectification.office_files),
    PaperKind("issue_ledger", issue_ledger.TABLES, issue_ledger.office_ledgers),
    PaperKind("act_paper", issue_ledger.TABLES, act_papers.act_papers),
    PaperKind("school_plan", school_plans.TABLES, _footed(school_plans.school_plans)),
    PaperKind("purchase_list", purchases.TABLES, _footed(purchases.purchases)),
    PaperKind("task_list", task_lists.TABLES, _footed(task_lists.task_lists)),
    PaperKind("return", returns.TABLES, _footed(returns.returns)),
    PaperKind("rehearsal", rehearsal.TABLES, _footed(rehearsal.rehearsals), is_dated=True),
    PaperKind("inspection", inspections.TABLES, _footed(inspections.inspections)),
    PaperKind("weak_subject", weak_subjects.TABLES, _footed(weak_subjects.weak_subjects)),
)
"""In the order in which they are listed."""


class ListedPaper(TypedDict):
    """An entry of ``papers.json``."""

    path: str
    """Below the release."""
    title: str
    kind: str
    county_code: str
    sha256: str
    tables: dict[str, str]
    """Hashes of the marts that it reads."""
    key: str
    """Hash over all that decides what it says."""
    release_id: str
    """The release in which it was written; its foot names it."""
    created_at: str


def write_papers(
    home: Home, release: ReleaseManifest, out: Path, databases: tuple[Path, Path], kinds: tuple[PaperKind, ...] | None = None
) -> dict[str, list[str]]:
    """Write the papers of all counties into the folder of a release that is being written. ``kinds``: those of :data:`KINDS`.

    ``databases``: its marts, then its restricted ones, in the folders where they lie. Returns the paths of the papers that
    every reader may see below the release, by county.
    """
    with duckdb.connect(str(databases[0]), read_only=True) as connection:
        counties = newest_counties(connection)
    chosen = KINDS if kinds is None else kinds
    listed: dict[str, list[str]] = {}
    for is_restricted, place in ((False, out / FOLDER), (True, databases[1].parent / FOLDER)):
        part = _Part(home, release, out, place, databases if is_restricted else databases[:1])
        for paper in part.write([kind for kind in chosen if kind.is_restricted == is_restricted], counties):
            if not is_restricted:
                listed.setdefault(paper["county_code"], []).append(paper["path"])
    return listed


class _Part:
    """The papers of a release that lie in one place: those for every reader, or the restricted ones."""

    def __init__(self, home: Home, release: ReleaseManifest, out: Path, place: Path, databases: tuple[Path, ...]) -> None:
        self._home, self._release, self._out, self._place, self._databases = home, release, out, place, databases
        self._context = PaperContext(home, _foot(release))
        self._before = home.releases / (release["previous"] or {"release_id": ""})["release_id"]
        self._earlier = self._listed_before()

    def write(self, kinds: Iterable[PaperKind], counties: Sequence[CountyYear]) -> list[ListedPaper]:
        """Write or link the papers of these kinds, and their list."""
        self._place.mkdir(parents=True)
        papers: list[ListedPaper] = []
        with duckdb.connect() as connection:
            held = self._attached(connection)
            for kind in kinds:
                with self._sight(kind, connection, held):
                    papers += self._of_kind(kind, counties, connection)
        (self._place / LIST).write_text(json.dumps(papers, ensure_ascii=False, indent=1), encoding="utf-8")
        return papers

    def _of_kind(
        self, kind: PaperKind, counties: Sequence[CountyYear], connection: duckdb.DuckDBPyConnection
    ) -> Iterator[ListedPaper]:
        held = self._release["tables"]
        hashes = {name: held[name]["sha256"] for name in (_COUNTIES, *kind.tables) if name in held}
        key = self._key(kind, hashes)
        for county in counties:
            wanted = (kind.name, county.code, key)
            same = [paper for paper in self._earlier if (paper["kind"], paper["county_code"], paper["key"]) == wanted]
            if same and all(map(self._link, same)):
                yield from same
                continue
            for name, content in kind.write(connection, county, self._context).items():
                path = self._place / county.code / name
                path.parent.mkdir(exist_ok=True)
                path.unlink(missing_ok=True)  # a link of which another of the kind could not be made
                path.write_bytes(content)
                yield ListedPaper(
                    path=path.relative_to(self._out).as_posix(),
                    title=Path(name).stem,
                    kind=kind.name,
                    county_code=county.code,
                    sha256=hashlib.sha256(content).hexdigest(),
                    tables=hashes,
                    key=key,
                    release_id=self._release["release_id"],
                    created_at=self._release["created_at"],
                )

    def _attached(self, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """Marts by name, and where each of them is."""
        held: dict[str, str] = {}
        for number, database in enumerate(self._databases):
            connection.execute(f"attach {literal(str(database))} as part_{number} (read_only)")
            held |= dict.fromkeys(tables(connection, f"part_{number}", MARTS), f"part_{number}")
        return held

    @contextmanager
    def _sight(self, kind: PaperKind, connection: duckdb.DuckDBPyConnection, held: Mapping[str, str]) -> Iterator[None]:
        """The marts that a kind names and no other."""
        connection.execute(f"create schema {MARTS}")
        for table in dict.fromkeys((_COUNTIES, *kind.tables)):
            if table in held:
                name = f"{MARTS}.{identifier(table)}"
                connection.execute(f"create view {name} as from {held[table]}.{name}")
        yield
        connection.execute(f"drop schema {MARTS} cascade")

    def _key(self, kind: PaperKind, hashes: Mapping[str, str]) -> str:
        """Hash over what decides the papers of a kind: marts, program with its texts and rules, files of the home, the day."""
        files = [hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in kind.files_read(self._home)]
        day = [self._release["created_at"][:_DAY]] if kind.is_dated else []
        decided = json.dumps([kind.name, hashes, self._release.get("code"), files, *day], sort_keys=True)
        return hashlib.sha256(decided.encode()).hexdigest()

    def _listed_before(self) -> list[ListedPaper]:
        """The list of the release before, if its manifest is the one that the chain names and the list the one that it names."""
        previous, path = self._release["previous"], (self._place / LIST).relative_to(self._out)
        try:
            if previous is None or chain.sha256_of(self._before / chain.MANIFEST) != previous["manifest_sha256"]:
                return []
            files = chain.parsed(chain.read_regular(self._before / chain.MANIFEST))["files"]
            data = chain.read_regular(self._before / path)
            return json.loads(data) if hashlib.sha256(data).hexdigest() == files[path.as_posix()] else []
        except (OSError, ValueError, KeyError):
            return []

    def _link(self, paper: ListedPaper) -> bool:
        """Link a paper of the release before into this one. False: it is not there as it was, or cannot be linked."""
        path = self._out / paper["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if chain.sha256_of(self._before / paper["path"]) != paper["sha256"]:
                return False
            os.link(self._before / paper["path"], path)
        except OSError:
            return False
        return True


def _foot(release: ReleaseManifest) -> dict[str, str]:
    state = str(texts()["signature"]["unsigned"])
    return {"release": release["release_id"], "created_at": release["created_at"], "state": state}
