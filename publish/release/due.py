"""How much of a build is due: what one would read now, held against what the last one read. Any doubt builds.

After each build an entry of the chain (``chain.BUILD``) says what it read, part by part, and which release came of it. A night
that brought nothing has an entry of its own like any other, and readers stay on the release they have.
"""

from __future__ import annotations

import glob
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from junheng.core import chain
from junheng.core.home import Home, write_atomically
from junheng.core.ledger import Ledger
from junheng.core.settings import BUILD_DB
from junheng.core.sql import catalog, literal, tables
from publish.build import ground
from publish.build.build import LEDGER_VIEWS
from publish.build.code import code_hashes
from publish.build.corrections import correction_table
from publish.build.inputs import check_inputs
from publish.build.issues import DERIVED, event_files
from publish.release import release
from publish.release.succession import holds, night_digests
from publish.tables.artifacts import MARTS
from publish.words.unit_costs import unit_cost_table
from publish.words.units import alias_table

READ = "read.json"
"""Of a build folder: what the build reads, as it was when it was planned."""
EVENTS = "events"
"""The part that a build adds to itself."""
SOURCES = ("run.night", "ledger.issue_events")
"""What moves with the day: the day itself, and what the last build told of its figures."""
SELECTED = " ".join(f"source:{source}+" for source in SOURCES)
"""The nodes of dbt that read them, and all below."""
_DAY = "day"
_OVERDUE = "is_open and due_on < cast(? as date)"
MOVED = {
    "rpt_rectification_report": "as_of <> cast(? as date)",
    "dim_check": "coalesce(until < cast(? as date), false) <> is_past_until",
    "fct_issue": _OVERDUE,
    "rpt_restricted_issue": _OVERDUE,
}
"""Rows of the marts that another day changes: what reads the day in dbt (``stg_run__night``), and nothing but that."""


class Due(StrEnum):
    """What a build has to do."""

    NOTHING = "nothing"
    DAY = "day"
    """What reads the day; the rest is taken over from the last build."""
    ALL = "all"


def due(home: Home, rulesets: Sequence[str]) -> Due:
    """What is due now. Whoever asks holds the home."""
    try:
        return _due(home, rulesets)
    except (OSError, ValueError, KeyError, RuntimeError, duckdb.Error):  # the build itself says what is wrong
        return Due.ALL


def _due(home: Home, rulesets: Sequence[str]) -> Due:
    known = chain.known(home)
    last, current = known.build, release.read_current(home)
    if last is None or current is None or not known.is_whole or not _stands(known, current, last):
        return Due.ALL
    nights = Ledger(home).numbers()
    now = reads(home, rulesets, nights)
    if now | {_DAY: ""} != last["read"] | {_DAY: ""}:
        return Due.ALL
    check_inputs(home, nights)
    if not is_moved(current, str(last["read"][_DAY]), now[_DAY]):
        return Due.NOTHING
    return Due.DAY if _kept(home) == last["kept"] else Due.ALL


def kept(home: Home) -> Path:
    """Folder of the last build that came to a release: its database, and what dbt said of each node."""
    return home.work / "last-build"


def database_of(home: Home, release_id: str) -> Path | None:
    """Database of the build that a release came of, to read; None where it is not kept, not the chain's or of another place."""
    last, database = chain.known(home).build, kept(home) / BUILD_DB
    try:
        if last is None or last["release_id"] != release_id or _kept(home) != last["kept"]:
            return None
        with duckdb.connect(str(database), read_only=True) as connection:
            query = "select sql from duckdb_views() where schema_name = 'bronze' and sql like '%read_parquet%'"
            views = [row[0] for row in connection.execute(query).fetchall()]
    except (OSError, KeyError, duckdb.Error):
        return None
    below = f"{literal(glob.escape(str(home.bronze)))[:-1]}/"
    return database if views and all(below in view for view in views) else None


def _kept(home: Home) -> chain.Files:
    """Hashes of what is kept of the last build."""
    return chain.files_below(kept(home), kept(home))


def _stands(known: chain.Known, current: release.Release, last: chain.Body) -> bool:
    """Whether readers see, as the chain has it, the release that the last build came to."""
    entry = known.releases.get(current.release_id, {})
    manifest = chain.sha256_of(current.path / chain.MANIFEST)
    is_last = last["release_id"] == known.current == current.release_id and entry.get("manifest_sha256") == manifest
    return is_last and holds(known, current.path)


def is_moved(current: release.Release, before: str, today: str) -> bool:
    """Whether a mart would say something else today than on the day before, be that later: a clock may have been put right."""
    if before == today:
        return False
    if before[:4] != today[:4]:  # the calendar of days off is asked for its year
        return True
    days = {today, max(before, today)}  # what was overdue on a later day may not be so today
    seen = set()
    for database in (current.database, current.path / release.RESTRICTED / f"{release.RESTRICTED}.duckdb"):
        with duckdb.connect(str(database), read_only=True) as connection:
            for table in MOVED.keys() & set(tables(connection, catalog(connection), MARTS)):
                seen.add(table)
                query = f"select 1 from {MARTS}.{table} where {MOVED[table]} limit 1"
                if any(connection.execute(query, [day]).fetchone() for day in days):
                    return True
    return seen != MOVED.keys()


def reads(home: Home, rulesets: Sequence[str], nights: Sequence[int]) -> dict[str, str]:
    """What a build of these nights reads, part by part: hashes, and the day.

    Where an entry of the chain is damaged the hashes that it held are missing; with such a chain all is due anyway.
    """
    sealed = chain.known(home).files
    digests = night_digests(sealed)
    events = [path.relative_to(home.path).as_posix() for path in event_files(home, nights)]
    ledger = Ledger(home)
    lying = ledger.table("inventory", nights[-1]).to_pylist() if nights else []
    given = [table.to_pylist() for table in (correction_table(home), alias_table(home), unit_cost_table(home))]
    return {
        "code": _digest(code_hashes()),
        "environment": _digest([sys.version, _installed()]),
        "rulesets": _digest(sorted(rulesets)),
        "given": _digest(given),
        "nights": _digest([[night, digests.get(night)] for night in nights if _brought(home, night)]),
        "lying": _digest(sorted(json.dumps(row, sort_keys=True) for row in lying)),
        EVENTS: _digest([[path, sealed.get(path)] for path in events]),
        _DAY: max((str(ledger.night(night)["as_of"]) for night in nights), default=""),
    }


def _installed() -> list[str]:
    """Libraries with their versions, as their folders are named: their descriptions are long and need not be read."""
    return sorted({path.name for place in sys.path for path in Path(place).glob("*.dist-info")})


def _brought(home: Home, night: int) -> bool:
    """Whether a night told anything of any file; what lies in landing is compared as a whole."""
    folder = home.nights / f"{night:06d}"
    rows = sum(pq.read_metadata(folder / f"{name}.parquet").num_rows for name in LEDGER_VIEWS)
    return bool(rows or chain.rows_of(folder) or not (folder / chain.ROWS).exists())


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, default=str).encode()).hexdigest()


def begin(home: Home, folder: Path, build_db: Path) -> None:
    """Go on with the database of the last build: it is put where the build of this folder is to be.

    Killed from here on, the next build is one of everything.
    """
    (kept(home) / build_db.name).rename(build_db)
    (kept(home) / ground.RESULTS).rename(folder / ground.RESULTS)


def note(home: Home, rulesets: Sequence[str], folder: Path, what: Due = Due.ALL) -> None:
    """Keep in the build's folder what it is going to do, and to read."""
    nights = Ledger(home).numbers()
    plan = {"due": what, "nights": nights, "read": reads(home, rulesets, nights)}
    (folder / READ).write_text(json.dumps(plan), encoding="utf-8")


def noted(folder: Path) -> Due:
    """What the build of this folder does."""
    return Due(json.loads((folder / READ).read_text(encoding="utf-8"))["due"])


def selected(folder: Path) -> str:
    """The nodes of dbt that the build of this folder runs; empty: all."""
    if noted(folder) is Due.DAY:
        return SELECTED
    return ground.ABOVE if (folder / ground.RESULTS).exists() else ""


def below(manifest: Path, sources: Sequence[str] | None = None) -> set[str]:
    """Ids of the nodes that read these sources (None: any), and of all below them."""
    children: dict[str, list[str]] = json.loads(manifest.read_text(encoding="utf-8"))["child_map"]
    waiting = [node for node in children if node.startswith("source.")]
    if sources is not None:
        waiting = [node for node in waiting if node.split(".", 2)[2] in sources]
        if len(waiting) != len(sources):
            raise ValueError(f"{manifest}: {waiting}")
    nodes: set[str] = set()
    while waiting:
        node = waiting.pop()
        if node not in nodes:
            nodes.add(node)
            waiting += children[node]
    return nodes


def complete(folder: Path) -> Path:
    """What dbt said of every node of a build: of what it did not have to do again, what it said when that was built.

    Raises OSError when dbt left nothing.
    """
    results = folder / "target" / ground.RESULTS
    before_it = folder / ground.RESULTS
    if not before_it.exists():
        return results
    anew = below(folder / "target" / "manifest.json", SOURCES if noted(folder) is Due.DAY else None)
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (before_it, results))
    runs = [(after, True), (before, False)]
    after["results"] = [result for run, is_anew in runs for result in run["results"] if (result["unique_id"] in anew) is is_anew]
    write_atomically(results, json.dumps(after).encode())
    return results


def is_settled(build_db: Path) -> bool:
    """Whether a build that reads the events which this one derived derives no more: the ledger took every one of them."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        query = f"""
            select 1 from {DERIVED} as derived left join intermediate.int_issue__fold as folded using (event_id)
            where not coalesce(folded.is_accepted, false) limit 1
        """
        return connection.execute(query).fetchone() is None


def enter(home: Home, rulesets: Sequence[str], folder: Path, build_db: Path, release_id: str) -> None:
    """Keep a published build and enter in the chain what it read, unless any of that changed while it ran."""
    planned = json.loads((folder / READ).read_text(encoding="utf-8"))
    now = reads(home, rulesets, planned["nights"])
    shutil.rmtree(kept(home), ignore_errors=True)
    if now | {EVENTS: ""} != planned["read"] | {EVENTS: ""}:
        return
    kept(home).mkdir()
    build_db.rename(kept(home) / build_db.name)
    (folder / "target" / ground.RESULTS).rename(kept(home) / ground.RESULTS)
    chain.of_home(home).append(chain.BUILD, {"release_id": release_id, "read": now, "kept": _kept(home)})
