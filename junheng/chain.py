"""The chain: what became true in a home, one immutable file each, bound to the one before by its hash.

``ledger/chain/<number>-<sha256 of the file>.json`` holds ``number``, ``kind``, ``previous`` (hash of the entry before) and what
the kind tells (docs/adr/0006-audit-pack.md). An entry is appended after its subject became true by a rename; what a killed run
left without one gets it later, marked ``recovered``. Whoever appends holds the home.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from junheng.home import Home, write_atomically

NIGHT = "night"
RELEASE = "release"
ADOPTED = "adopted"
"""What lay in the home before the chain began."""
CURRENT = "current"
"""``published/current`` went back to an earlier release."""
SIGNATURE = "signature"
"""A decision about a release was recorded."""
REMOVED = "removed"
"""Of a release that is too old all but the manifest was removed."""
FILES = "files"
"""Immutable files of the ledger that are no part of a night."""

_NAME = re.compile(r"(\d{6,})-([0-9a-f]{64})\.json")

MANIFEST = "manifest.json"
"""Of a release."""

Files = dict[str, str]
"""SHA-256 by path."""


@dataclass(frozen=True)
class Entry:
    """One entry of the chain."""

    number: int
    kind: str
    previous: str
    sha256: str
    """Of the entry's own file."""
    body: dict[str, Any]


class ChainBroken(ValueError):
    """An entry that is not what its name says, or does not follow the one before. ``reason`` is a key of the texts."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass
class Known:
    """What the chain says of a home."""

    files: Files = field(default_factory=dict)
    """Files of the ledger by path below the home."""
    originals: dict[str, None] = field(default_factory=dict)
    """Hashes of archived originals, in the order they came."""
    releases: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Bodies of the entries of published releases by id."""
    adopted: dict[str, Files] = field(default_factory=dict)
    """Files of the releases that were published before the chain began, by id."""
    recovered: list[Entry] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    """Releases of which the manifest alone is left."""
    current: str | None = None
    """The release that ``published/current`` points to."""
    signed: str | None = None
    """The release that ``published/signed`` points to."""

    def take(self, entry: Entry) -> None:
        """Add what one entry says."""
        body = entry.body
        if body.get("recovered"):
            self.recovered.append(entry)
        self.files |= body.get("files", {})
        self.originals |= dict.fromkeys(body.get("originals", ()))
        if entry.kind == ADOPTED:
            self.adopted = body["releases"]
        if entry.kind == RELEASE:
            self.releases[body["release_id"]] = body
        if entry.kind == REMOVED:
            self.remove(body["release_id"])
        self.current = body.get("current", self.current)
        self.signed = body.get("signed", self.signed)

    def remove(self, release_id: str) -> None:
        """Expect nothing but the manifest of a release."""
        self.removed.add(release_id)
        below = f"published/releases/{release_id}/"
        self.files = {path: sha256 for path, sha256 in self.files.items() if not path.startswith(below)}
        if release_id in self.adopted:
            self.adopted[release_id] = {MANIFEST: self.adopted[release_id][MANIFEST]}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read as a stream."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def files_below(folder: Path, base: Path) -> Files:
    """Hashes of all files below a folder, by their path below ``base``."""
    return {path.relative_to(base).as_posix(): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _entry(data: bytes, sha256: str) -> Entry:
    """An entry from its file. Raises ValueError, KeyError or AttributeError where it is none."""
    body = json.loads(data)
    return Entry(body.pop("number"), body.pop("kind"), body.pop("previous"), sha256, body)


class Chain:
    """Entries in a folder, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def paths(self) -> list[Path]:
        """Files of the entries, oldest first."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted((path for path in found if _NAME.fullmatch(path.name)), key=lambda path: int(path.name.split("-")[0]))

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first. Raises ChainBroken at the first one that does not hold."""
        previous, number = "", 0
        for path in self.paths():
            data = path.read_bytes()
            name = _NAME.fullmatch(path.name)
            assert name is not None
            if hashlib.sha256(data).hexdigest() != name[2]:
                raise ChainBroken(path, "entry_changed")
            try:
                entry = _entry(data, name[2])
            except (ValueError, KeyError, AttributeError) as error:
                raise ChainBroken(path, "entry_unreadable") from error
            if entry.number != number + 1 or int(name[1]) != entry.number:
                raise ChainBroken(path, "entry_missing")
            if entry.previous != previous:
                raise ChainBroken(path, "entry_unlinked")
            previous, number = entry.sha256, entry.number
            yield entry

    def readable(self) -> Iterator[Entry]:
        """The entries that can be read, whether they hold or not: a night goes on, and ``junheng verify`` judges."""
        for path in self.paths():
            try:
                yield _entry(path.read_bytes(), path.stem.split("-")[1])
            except (ValueError, KeyError, AttributeError):
                continue

    def append(self, kind: str, body: dict[str, Any]) -> Entry:
        """Write the next entry."""
        for stray in self.folder.glob(".*.tmp"):  # of a killed run
            stray.unlink()
        paths = self.paths()
        number, previous = 1, ""
        if paths:
            number = int(paths[-1].name.split("-")[0]) + 1
            previous = paths[-1].stem.split("-")[1]
        said = {"number": number, "kind": kind, "previous": previous, **body}
        data = json.dumps(said, ensure_ascii=False, indent=1).encode()
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.folder / f"{number:06d}-{sha256}.json"
        write_atomically(path, data)
        path.chmod(0o444)
        return Entry(number, kind, previous, sha256, body)


def of_home(home: Home) -> Chain:
    """The chain of a home."""
    return Chain(home.ledger / "chain")


def known(home: Home) -> Known:
    """What the chain says, as far as it can be read."""
    found = Known()
    for entry in of_home(home).readable():
        found.take(entry)
    return found


def _nights(home: Home) -> list[Path]:
    found = home.nights.iterdir() if home.nights.is_dir() else ()
    return sorted((path for path in found if path.name.isdigit()), key=lambda path: int(path.name))


def _night(home: Home, folder: Path) -> dict[str, Any]:
    """Body of a night's entry: its files, and the originals it judged that lie in the archive."""
    judged = pq.read_table(folder / "submissions.parquet", columns=["sha256"]).column(0).to_pylist()
    originals = [sha256 for sha256 in dict.fromkeys(judged) if sha256 and home.original(sha256).exists()]
    return {"night": int(folder.name), "files": files_below(folder, home.path), "originals": originals}


def begin(home: Home, but: int | None = None) -> None:
    """Begin the chain of a home that has none with what lies there, except night ``but``, which gets an entry of its own."""
    if of_home(home).paths():
        return
    nights = [_night(home, folder) for folder in _nights(home) if int(folder.name) != but]
    folders = sorted(home.releases.glob("r[0-9]*")) if home.releases.is_dir() else []
    if not nights and not folders:
        return
    body: dict[str, Any] = {
        "files": {path: digest for night in nights for path, digest in night["files"].items()},
        "originals": list(dict.fromkeys(sha256 for night in nights for sha256 in night["originals"])),
        "releases": {folder.name: files_below(folder, folder) for folder in folders},
    }
    if home.current.exists():
        body["current"] = home.current.resolve().name
    of_home(home).append(ADOPTED, body)


def seal_nights(home: Home, number: int | None = None) -> None:
    """Give every committed night its entry. All but ``number`` should have one: theirs is marked as recovered."""
    begin(home, number)
    sealed = known(home).files
    for folder in _nights(home):
        if (folder / "night.json").relative_to(home.path).as_posix() not in sealed:
            late = {} if int(folder.name) == number else {"recovered": True}
            of_home(home).append(NIGHT, _night(home, folder) | late)


def seal_files(home: Home, paths: list[Path]) -> None:
    """Give immutable files below ``ledger/`` that belong to no night an entry of their own, unless they have one."""
    begin(home)
    sealed = known(home).files
    named = {path.relative_to(home.path).as_posix(): path for path in paths}
    files = {name: sha256_of(path) for name, path in named.items() if name not in sealed}
    if files:
        of_home(home).append(FILES, {"files": files})
