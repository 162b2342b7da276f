"""The chain: what became true in a home, one immutable file each, bound to the one before by its hash.

``ledger/chain/<number>-<sha256 of the file>.json`` holds ``number``, ``kind``, ``previous`` (hash of the entry before) and what
the kind tells (docs/adr/0006-audit-pack.md). An entry is appended after its subject became true by a rename; what a killed run
left without one gets it later, marked ``recovered``. Whoever appends holds the home.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from junheng.core.home import KEPT_FILE, Home, move, write_atomically

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
ORIGINALS_REMOVED = "originals_removed"
"""Originals that nothing needs any more were removed from the archive."""
BUILD = "build"
"""A build was published, or found equal to what was published; it says what the build read (``publish.release.due``)."""
FILES = "files"
"""Immutable files of the ledger that are no part of a night."""

_NAME = re.compile(r"([0-9]{6,})-([0-9a-f]{64})\.json")
_NIGHT = re.compile(r"[0-9]{6,18}")
_HASH = re.compile(r"[0-9a-f]{64}")
_RELEASE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")
_PLACES = ("published", "archive", "ledger", "bronze", "quarantine")
"""Folders of a home that entries speak of."""

MANIFEST = "manifest.json"
"""Of a release."""
ROWS = "rows.json"
"""Of a night: hashes of the bronze and quarantine files it wrote, by path below the home; null where it left none."""
STAGED = "rows"
"""Folder of a night with those files until they are in their place."""
ADOPTED_ROWS = "adopted_rows.json"
"""Below ``ledger/``: the same of the nights that were committed before their rows were hashed."""

Files = dict[str, str]
"""SHA-256 by path."""


Body = dict[str, Any]
"""What an entry says: its keys depend on its kind."""


@dataclass(frozen=True)
class Entry:
    """One entry of the chain."""

    number: int
    kind: str
    previous: str
    sha256: str
    """Of the entry's own file."""
    body: Body


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
    releases: dict[str, Body] = field(default_factory=dict)
    """Bodies of the entries of published releases by id."""
    adopted: dict[str, Files] = field(default_factory=dict)
    """Files of the releases that were published before the chain began, by id."""
    recovered: list[Entry] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    """Releases of which the manifest alone is left."""
    removed_files: Files = field(default_factory=dict)
    """What else the chain said of them."""
    removed_originals: dict[str, None] = field(default_factory=dict)
    """Hashes of originals that were removed and have not come again."""
    current: str | None = None
    """The release that ``published/current`` points to."""
    signed: str | None = None
    """The release that ``published/signed`` points to."""
    build: Body | None = None
    """Body of the entry of the last build that came to a release."""
    has_adopted_rows: bool = False
    """Whether bronze of nights that did not hash it was hashed later."""
    is_whole: bool = True
    """Whether every entry could be taken: what is missing in a chain that is not whole may have been entered."""

    def take(self, entry: Entry) -> None:
        """Add what one entry says."""
        body = entry.body
        if body.get("recovered"):
            self.recovered.append(entry)
        self.files |= body.get("files", {})
        for path in body.get("gone", ()):
            self.files.pop(path, None)
        self.has_adopted_rows |= entry.kind == FILES and bool(body.get("adopted_rows"))
        for sha256 in body.get("originals", ()):
            if entry.kind == ORIGINALS_REMOVED:
                self.originals.pop(sha256, None)
                self.removed_originals[sha256] = None
            else:
                self.originals[sha256] = None
                self.removed_originals.pop(sha256, None)
        if entry.kind == ADOPTED:
            self.adopted = body["releases"]
        if entry.kind == RELEASE:
            self.releases[body["release_id"]] = body
        if entry.kind == BUILD:
            self.build = body
        if entry.kind == REMOVED:
            self.remove(body["release_id"])
        self.current = body.get("current", self.current)
        self.signed = body.get("signed", self.signed)

    def remove(self, release_id: str) -> None:
        """Expect nothing but the manifest of a release."""
        self.removed.add(release_id)
        below = f"published/releases/{release_id}/"
        self.removed_files |= {path: sha256 for path, sha256 in self.files.items() if path.startswith(below)}
        self.files = {path: sha256 for path, sha256 in self.files.items() if not path.startswith(below)}
        if release_id in self.adopted:
            adopted = self.adopted[release_id]
            self.removed_files |= {f"{below}{name}": sha256 for name, sha256 in adopted.items() if name != MANIFEST}
            self.adopted[release_id] = {name: adopted[name] for name in (MANIFEST,) if name in adopted}


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file to read. Raises OSError for anything else: a link, a folder, a pipe on which a reader would wait."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    return os.fdopen(handle, "rb")


def read_regular(path: Path) -> bytes:
    """Content of a regular file. Raises OSError."""
    with open_regular(path) as handle:
        return handle.read()


def sha256_of(path: Path) -> str:
    """SHA-256 of a regular file, read as a stream. Raises OSError."""
    with open_regular(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def files_below(folder: Path, base: Path) -> Files:
    """Hashes of all files below a folder, by their path below ``base``."""
    return {path.relative_to(base).as_posix(): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def parsed(data: bytes) -> Body:
    """An object from its JSON text. Raises ValueError for anything else."""
    try:
        body = json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(body, dict):
        raise ValueError("no object")
    return body


def is_inside(path: object) -> bool:
    """Whether this is a path of a place of the home that can lead nowhere else."""
    parts = path.split("/") if isinstance(path, str) else []
    return len(parts) > 1 and parts[0] in _PLACES and not {"", ".", ".."} & set(parts) and "\0" not in parts[-1]


def _is_name(path: object) -> bool:
    return isinstance(path, str) and is_inside(f"published/{path}")


def hashes(files: object, is_path: Callable[[object], bool] = is_inside) -> Files:
    """Hashes by path. Raises ValueError where it is anything else."""
    if not isinstance(files, dict) or not all(is_path(path) and _is_hash(sha256) for path, sha256 in files.items()):
        raise ValueError("no files")
    return files


def files_of(files: object) -> Files:
    """Hashes of the files of a release by path below it. Raises ValueError where it is anything else."""
    return hashes(files, _is_name)


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _is_release(value: object) -> bool:
    return isinstance(value, str) and _RELEASE_ID.fullmatch(value) is not None


def _check(kind: str, body: Body) -> None:
    """Raise ValueError, KeyError or AttributeError where an entry of this kind does not say what it has to."""
    hashes(body.get("files", {}))
    known = all(_is_hash(sha256) for sha256 in body.get("originals", [])) and all(map(is_inside, body.get("gone", [])))
    pointed = all(body.get(link) is None or _is_release(body[link]) for link in ("current", "signed"))
    named = _is_release(body["release_id"]) if kind in (RELEASE, REMOVED, BUILD) or "release_id" in body else True
    manifest = _is_hash(body["manifest_sha256"]) if kind == RELEASE else True
    night = type(body["night"]) is int if kind == NIGHT else True
    if not (known and pointed and named and manifest and night):
        raise ValueError(kind)
    if kind == ADOPTED:
        for release_id, files in body["releases"].items():
            if not _is_release(release_id) or MANIFEST not in files_of(files):
                raise ValueError(kind)


class Chain:
    """Entries in a folder, one after the other. ``check`` raises where one does not say what its kind has to."""

    def __init__(self, folder: Path, check: Callable[[str, Body], None] = _check) -> None:
        self.folder = folder
        self._check = check

    def paths(self) -> list[Path]:
        """Files of the entries, oldest first."""
        try:
            entries = [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(entries, key=lambda path: (int(path.name.split("-")[0]), path.name))

    def judged(self) -> Iterator[tuple[Path, Entry | None, str]]:
        """Every file of an entry, oldest first, with the entry where it is what its name says, and what is wrong with it.

        That is a key of the texts, empty where it holds.
        """
        previous, number = "", 0
        for path in self.paths():
            name = _NAME.fullmatch(path.name)
            assert name is not None
            entry, reason = None, ""
            read = self._read(path, name[2])
            if isinstance(read, str):
                reason = read
            else:
                entry = read
                if entry.number != int(name[1]) or entry.number != number + 1:
                    reason = "entry_missing"
                elif entry.previous != previous:
                    reason = "entry_unlinked"
            previous, number = name[2], int(name[1])
            yield path, entry, reason

    def _read(self, path: Path, sha256: str) -> Entry | str:
        try:
            data = read_regular(path)
        except OSError:
            return "entry_unreadable"
        if hashlib.sha256(data).hexdigest() != sha256:
            return "entry_changed"
        try:
            body = parsed(data)
            number, kind, previous = body.pop("number"), body.pop("kind"), body.pop("previous")
            if type(number) is not int or not isinstance(kind, str) or not isinstance(previous, str):
                raise ValueError("head")
            self._check(kind, body)
        except (ValueError, KeyError, AttributeError, TypeError):
            return "entry_unreadable"
        return Entry(number, kind, previous, sha256, body)

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first. Raises ChainBroken at the first one that does not hold."""
        for path, entry, reason in self.judged():
            if entry is None or reason:
                raise ChainBroken(path, reason)
            yield entry

    def readable(self) -> Iterator[Entry]:
        """The entries that are what their names say: a night goes on without the others, and ``junheng verify`` judges."""
        return (entry for _, entry, _ in self.judged() if entry is not None)

    def append(self, kind: str, body: Body) -> Entry:
        """Write the next entry."""
        for stray in self.folder.glob(".*.tmp"):  # of a killed run; a folder is none of ours, and ``junheng verify`` names it
            if not stray.is_dir() or stray.is_symlink():
                stray.unlink()
        paths = self.paths()
        number, previous = 1, ""
        if paths:
            number = int(paths[-1].name.split("-")[0]) + 1
            previous = paths[-1].stem.split("-")[1]
        content = {"number": number, "kind": kind, "previous": previous, **body}
        data = json.dumps(content, ensure_ascii=False, indent=1).encode()
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.folder / f"{number:06d}-{sha256}.json"
        write_atomically(path, data)
        path.chmod(KEPT_FILE)
        return Entry(number, kind, previous, sha256, body)


def of_home(home: Home) -> Chain:
    """The chain of a home."""
    return Chain(home.ledger / "chain")


def known(home: Home) -> Known:
    """What the chain says, as far as it can be read."""
    whole = Known()
    for _, entry, reason in of_home(home).judged():
        whole.is_whole &= not reason
        if entry is not None:
            whole.take(entry)
    return whole


def night_folders(home: Home) -> list[Path]:
    """Folders of the committed nights, oldest first; what else lies there is for ``junheng verify`` to name."""
    paths = home.nights.iterdir() if home.nights.is_dir() else ()
    return sorted((path for path in paths if _NIGHT.fullmatch(path.name) and path.is_dir()), key=lambda path: int(path.name))


def _evidence(inventory: Path) -> list[str]:
    """Hashes of the evidence that lay in landing; earlier nights knew none."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not inventory.exists() or "is_evidence" not in pq.read_schema(inventory).names:
        return []
    lying = pq.read_table(inventory, columns=["sha256", "is_evidence"])
    return [str(sha256) for sha256 in lying.filter(pc.field("is_evidence")).column("sha256").to_pylist()]


def _night(home: Home, folder: Path, sealed: Files) -> Body:
    """Body of a night's entry: its files, those of its rows, and the originals it judged or kept that lie in the archive."""
    import pyarrow.parquet as pq  # whoever verifies a home reads no table

    judged = pq.read_table(folder / "submissions.parquet", columns=["sha256"]).column(0).to_pylist()
    kept = _evidence(folder / "inventory.parquet")
    originals = [sha256 for sha256 in dict.fromkeys([*judged, *kept]) if sha256 and home.original(sha256).exists()]
    rows = rows_of(folder)
    files = files_below(folder, home.path) | {path: sha256 for path, sha256 in rows.items() if sha256}
    gone = [path for path, sha256 in rows.items() if sha256 is None and path in sealed]
    return {"night": int(folder.name), "files": files, "originals": originals} | ({"gone": gone} if gone else {})


def rows_of(folder: Path) -> dict[str, str | None]:
    """What a night says of its bronze and quarantine files (:data:`ROWS`); of one that does not, nothing. Raises ValueError."""
    try:
        hashes_by_path = parsed(read_regular(folder / ROWS))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError(str(error)) from error
    hashes({path: sha256 for path, sha256 in hashes_by_path.items() if sha256 is not None})
    if not all(map(is_inside, hashes_by_path)):
        raise ValueError(ROWS)
    return hashes_by_path


def place_rows(home: Home, folder: Path) -> None:
    """Put the bronze and quarantine files of a committed night in their place; repeated, it ends what was begun."""
    for path, sha256 in rows_of(folder).items():
        staged, target = folder / STAGED / path, home.path / path
        if sha256 is None:
            target.unlink(missing_ok=True)
        elif staged.is_file():
            move(staged, target)
    shutil.rmtree(folder / STAGED, ignore_errors=True)


def row_files(home: Home) -> list[Path]:
    """The bronze and quarantine files of all submissions, in the order of their paths."""
    return sorted(path for place in (home.bronze, home.quarantine) for path in place.glob("*/*/part-0.parquet"))


def _adopt_rows(home: Home) -> None:
    """Hash, once, the rows of nights that were committed by a version that did not; it is told by ``junheng verify``."""
    if all((folder / ROWS).exists() for folder in night_folders(home)):
        return
    before = known(home)
    path = home.ledger / ADOPTED_ROWS
    if before.has_adopted_rows or not before.is_whole:
        return
    if not path.exists():
        written = {file.relative_to(home.path).as_posix(): sha256_of(file) for file in row_files(home)}
        of_nights = {row for folder in night_folders(home) for row in rows_of(folder)}
        rows = {name: sha256 for name, sha256 in written.items() if name not in of_nights}
        write_atomically(path, json.dumps(rows, indent=1).encode())
    files = hashes(parsed(read_regular(path))) | {path.relative_to(home.path).as_posix(): sha256_of(path)}
    of_home(home).append(FILES, {"files": files, "adopted_rows": True})


def begin(home: Home, but: int | None = None) -> None:
    """Begin the chain of a home that has none with what lies there, except night ``but``, which gets an entry of its own."""
    if of_home(home).paths():
        return
    nights = [_night(home, folder, {}) for folder in night_folders(home) if int(folder.name) != but]
    folders = [path.parent for path in sorted(home.releases.glob(f"r[0-9]*/{MANIFEST}")) if _is_release(path.parent.name)]
    if not nights and not folders:
        return
    body: Body = {
        "files": {path: digest for night in nights for path, digest in night["files"].items()},
        "originals": list(dict.fromkeys(sha256 for night in nights for sha256 in night["originals"])),
        "releases": {folder.name: files_below(folder, folder) for folder in folders},
    }
    if home.current.exists() and _is_release(home.current.resolve().name):
        body["current"] = home.current.resolve().name
    of_home(home).append(ADOPTED, body)


def seal_nights(home: Home, number: int | None = None) -> None:
    """Give every committed night its entry, once its rows are in their place.

    All but ``number`` should have one: theirs is marked as recovered. Where an entry was damaged it may have been theirs, and
    nothing but ``number`` is entered: a night must not get another hash than it had.
    """
    begin(home, number)
    _adopt_rows(home)
    chained = known(home)
    for folder in night_folders(home):
        is_own = int(folder.name) == number
        if (folder / "night.json").relative_to(home.path).as_posix() in chained.files or not (is_own or chained.is_whole):
            continue
        place_rows(home, folder)
        of_home(home).append(NIGHT, _night(home, folder, chained.files) | ({} if is_own else {"recovered": True}))
        chained = known(home)


def seal_files(home: Home, paths: list[Path], *, recovered: bool = False) -> None:
    """Give immutable files below ``ledger/`` that belong to no night an entry of their own, unless they have one.

    ``recovered``: a killed run wrote them.
    """
    begin(home)
    sealed = known(home).files
    named = {path.relative_to(home.path).as_posix(): path for path in paths}
    files = {name: sha256_of(path) for name, path in named.items() if name not in sealed}
    if files:
        of_home(home).append(FILES, {"files": files} | ({"recovered": True} if recovered else {}))
