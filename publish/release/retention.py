"""What is kept and what goes: old releases down to their manifest, all but the last rejected builds, originals on command."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from junheng.core import chain
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.records import Status
from junheng.core.settings import SETTINGS
from junheng.core.typed import StrictModel, load
from publish.build.build import remove_database
from publish.release import signature
from publish.release.release import entered, read_manifest_of
from publish.release.succession import MANIFEST

_RETENTION = Path(__file__).with_name("retention.yml")

_REJECTED = re.compile(r"^rejected-(\d{4,})\.duckdb$")


def keep_rejected(home: Home, build_db: Path, keep: int | None = None) -> Path | None:
    """Set a rejected build aside as ``warehouse/rejected-<number>.duckdb``; of earlier ones only the latest stay.

    ``keep``: how many are kept; None: as many as is set.

    Returns where it lies, or None when there is no build file (dbt never got that far).
    """
    rejected = sorted((int(m[1]), path) for path in home.warehouse.iterdir() if (m := _REJECTED.match(path.name)))
    if not build_db.exists():
        return None
    with duckdb.connect(str(build_db)) as connection:
        connection.execute("checkpoint")
    target = home.warehouse / f"rejected-{rejected[-1][0] + 1 if rejected else 1:04d}.duckdb"
    shutil.move(build_db, target)
    for _, old in rejected[: max(len(rejected) + 1 - (SETTINGS.keep_rejected if keep is None else keep), 0)]:
        remove_database(old)
    return target


def strip(folder: Path) -> None:
    """Leave of a release nothing but its manifest."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != MANIFEST:
            path.unlink()


class Retention(StrictModel):
    """``retention.yml``."""

    keep_newest: int
    keep_days: int
    keep_refused_originals_days: int


def _retention() -> Retention:
    return load(_RETENTION, Retention)


def prune(home: Home, today: date) -> list[str]:
    """Remove all but the manifest of releases that are too many and too old (``retention.yml``). Returns their ids, oldest first.

    The current release and whatever was ever signed stay whole.
    """
    known, policy = chain.known(home), _retention()
    whole = entered(home, known)
    kept = {known.current} | {d.release_id for d in signature.decisions(home) if d.decision == signature.APPROVED}
    kept |= {path.name for path in whole[max(len(whole) - policy.keep_newest, 0) :]}
    oldest = today - timedelta(days=policy.keep_days)
    old = [
        path for path in whole if path.name not in kept and date.fromisoformat(read_manifest_of(path)["created_at"][:10]) < oldest
    ]
    for path in old:
        chain.of_home(home).append(chain.REMOVED, {"release_id": path.name})
        strip(path)
    return [path.name for path in old]


@dataclass(frozen=True)
class OldOriginal:
    """An original that nothing needs any more: where it lay last, on which day a night saw it there, how many bytes it has."""

    sha256: str
    file_name: str
    seen: date
    size: int


def old_originals(home: Home, today: date) -> list[OldOriginal]:
    """Originals that the rule lets go (``keep_refused_originals_days``), oldest first. Nothing is removed.

    Those of refused files alone: what was ever accepted is read by builds and leads back from every figure, and what is kept as
    evidence is handed in. A file that lies in landing, or lay there less than so many days ago, stays, whatever was said of it.
    """
    ledger, known = Ledger(home), chain.known(home)
    days = {number: date.fromisoformat(ledger.night(number)["as_of"]) for number in ledger.numbers()}
    refused: dict[str, tuple[str, date]] = {}
    needed: set[str] = set()
    for row in ledger.table("submissions").to_pylist():
        if row["status"] == Status.REFUSED:
            refused[row["sha256"]] = row["file_name"], days[row["night"]]
        else:
            needed.add(row["sha256"])
    for number in ledger.numbers():
        for row in ledger.table("inventory", number).to_pylist():
            if row["present"] and row["sha256"] in refused:
                refused[row["sha256"]] = row["path"], max(days[number], refused[row["sha256"]][1])
    for folder in entered(home, known):
        needed |= {used["sha256"] for used in read_manifest_of(folder)["submissions"]}
    before = today - timedelta(days=_retention().keep_refused_originals_days)
    return sorted(
        (
            OldOriginal(sha256, name, seen, home.original(sha256).stat().st_size)
            for sha256, (name, seen) in refused.items()
            if sha256 in known.originals and sha256 not in needed and seen < before and home.original(sha256).is_file()
        ),
        key=lambda original: (original.seen, original.sha256),
    )


def remove_originals(home: Home, originals: list[OldOriginal]) -> None:
    """Say in the chain that these go, then remove them; whoever calls holds the home."""
    if originals:
        chain.of_home(home).append(chain.ORIGINALS_REMOVED, {"originals": [original.sha256 for original in originals]})
    finish_originals(home)


def finish_originals(home: Home) -> None:
    """Remove what the chain says went, where a killed removal left it."""
    known = chain.known(home)
    for sha256 in known.removed_originals if known.is_whole else ():
        home.original(sha256).unlink(missing_ok=True)
