"""The home of a deployment: where everything lies, and the lock that keeps two nights apart."""

from __future__ import annotations

import errno
import fcntl
import grp
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from junheng.core.settings import SETTINGS

_HELD: set[Path] = set()
"""Homes this process holds."""
_LEASE = ".lease"
LEASE_SECONDS = 2 * 60 * 60
_WRITING_SECONDS = 60 * 60
"""Nobody takes so long to write a list."""
_STAGED = re.compile(r"\..+\.[0-9]+\.tmp", re.DOTALL)
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
KEPT_FILE = 0o400
"""Of a file that never changes."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""Environment variable with the group whose members may read what is published; without it nobody else may."""


_PLAIN = re.compile(r"[\w/.+,@ ()\[\]-]*")
"""Paths that every library takes as they are."""
_SKEW = 60.0
"""Seconds by which clocks may differ."""


class HomeLocked(RuntimeError):
    """Another night holds the home. ``lease`` is the file that says so, where a run of the scheduler left one."""

    def __init__(self, home: str, lease: Path | None = None) -> None:
        super().__init__(home)
        self.lease = lease


class UnknownReaders(ValueError):
    """The group that ``JUNHENG_READERS`` names does not exist; the message is its name."""


def readers() -> int | None:
    """Id of the group that may read what is published; ``JUNHENG_READERS`` has its name or its number. Raises UnknownReaders."""
    name = SETTINGS.readers
    if name.isascii() and name.isdecimal():
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid if name else None
    except KeyError as error:
        raise UnknownReaders(name) from error


class HomeUnwritable(RuntimeError):
    """The home cannot be held: a file system that is read-only, or a lock that another account left. The message says why."""


class Home:
    """Paths below ``<home>`` (fixed surface, design 6.2). Creating an instance touches nothing below it."""

    def __init__(self, path: Path | str, *, is_plain: bool = False) -> None:
        """``is_plain``: the path is one below another home's and taken as it is."""
        self.path = Path(path) if is_plain else _plain(Path(path).expanduser().resolve())
        self.landing = self.path / "landing"
        self.corrections = self.path / "corrections"
        self.units = self.path / "units.csv"
        self.unit_costs = self.path / "unit_costs.csv"
        self.maps = self.path / "maps"
        self.archive = self.path / "archive"
        self.bronze = self.path / "bronze"
        self.quarantine = self.path / "quarantine"
        self.ledger = self.path / "ledger"
        self.nights = self.ledger / "nights"
        self.issue_events = self.ledger / "issue_events"
        self.report_template = self.path / "templates" / "rectification.docx"
        self.duty_register = self.path / "restricted" / "duty_register.csv"
        self.warehouse = self.path / "warehouse"
        self.work = self.path.with_name(f"{self.path.name}-work") if self.path.is_symlink() else self.warehouse
        """Where databases are written: the warehouse, but for a home in a place whose path DuckDB cannot write to."""
        self.airflow = self.path / "airflow"
        self.published = self.path / "published"
        self.releases = self.published / "releases"
        self.current = self.published / "current"
        self.signed = self.published / "signed"
        self.signed_papers = self.published / "signed_papers"
        self.dispatch = self.published / "dispatch"
        self.metrics = self.published / "metrics"
        self.outbox = self.path / "outbox"

    def create(self) -> Home:
        """Make the folders that are missing. Raises OSError when the home cannot be written."""
        self.path.resolve().mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        for folder in (self.landing, self.corrections):  # people deliver here, whom the owner of the home lets in
            folder.mkdir(exist_ok=True)
        for folder in (
            self.archive,
            self.bronze,
            self.quarantine,
            self.nights,
            self.issue_events,
            self.warehouse,
            self.airflow,
            self.published,
            self.releases,
            self.work,
        ):
            for place in (folder.parent, folder):
                place.mkdir(PRIVATE_FOLDER, exist_ok=True)
        return self

    def secure(self) -> int:
        """Keep the home from other accounts: whatever this process and its children make from now on is theirs alone.

        What an earlier version left open is closed, once; returns how many files and folders that were. The group of readers
        passes the home and reads ``published/`` but for what is restricted. Raises UnknownReaders, OSError.
        """
        group = readers()
        os.umask(_OTHERS)
        places = [
            self.archive,
            self.bronze,
            self.quarantine,
            self.ledger,
            self.warehouse,
            self.airflow,
            self.duty_register.parent,
        ]
        was_open = stat.S_IMODE(self.path.stat().st_mode) & _OTHERS
        closed = 0
        for place in places:
            if place.is_dir() and (was_open & stat.S_IRWXO or stat.S_IMODE(place.stat().st_mode) & _OTHERS):
                closed += sum(_close(path) for path in [place, *place.rglob("*")])
        if self.published.is_dir():
            now = self.published.stat()
            if stat.S_IMODE(now.st_mode) != _published_mode(True, group) or group not in (None, now.st_gid):
                closed += sum(self.share(path) for path in [self.published, *self.published.rglob("*")])
        passing = stat.S_IXGRP if group is not None else 0
        if _is_ours(self.path):
            if group is not None:
                os.chown(self.path, -1, group)
            self.path.chmod(PRIVATE_FOLDER | passing)
        return closed

    def sweep(self) -> None:
        """Remove what killed runs left beside files that they were writing; whoever calls holds the home.

        What lies in a release is left to its publication, which may have to show it; what is written without holding the home
        (lists of meetings, what was told to whom) to who may just be writing it.
        """
        for place in (self.path, self.dispatch, self.metrics):
            self._sweep(place.glob(".*.tmp"))
        for place in (self.archive, self.bronze, self.quarantine, self.ledger, self.warehouse):
            self._sweep(place.rglob(".*.tmp"))
        for stray in self.work.glob(".validate-*"):
            discard(stray)

    def _sweep(self, paths: Iterable[Path]) -> None:
        now = time.time()
        for path in paths:
            young = path.parent in (self.path, self.dispatch, self.metrics) and now - path.lstat().st_mtime < _WRITING_SECONDS
            if is_staged(path.name) and not path.is_dir() and not young:
                path.unlink()

    def share(self, path: Path) -> bool:
        """Let the readers read a file or folder of ``published/``, unless it is restricted. Returns whether others had it."""
        if path.is_symlink() or not _is_ours(path):
            return False
        status, group = path.stat(), readers()
        below = path.relative_to(self.published).parts
        papers = (self.releases.name, self.signed_papers.name)
        if len(below) > 2 and below[0] in papers and below[2] == self.duty_register.parent.name:
            return _close(path)
        mode = _published_mode(path.is_dir(), group)
        kept = mode if path.is_dir() or status.st_mode & stat.S_IWUSR else mode & ~stat.S_IWUSR
        if group is not None and status.st_gid != group:
            os.chown(path, -1, group)
        if stat.S_IMODE(status.st_mode) != kept:
            path.chmod(kept)
        return bool(status.st_mode & stat.S_IRWXO)

    @contextmanager
    def lock(self, wait: float = 0.0) -> Iterator[None]:
        """Hold the home exclusively; re-entrant within one process.

        The lock belongs to the process (``flock``), so a killed night leaves none behind. Raises HomeLocked when taken for
        ``wait`` seconds, HomeUnwritable where it cannot be held at all.
        """
        if self.path in _HELD:
            yield
            return
        with self._lock_file() as handle:
            deadline = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= deadline:
                        raise HomeLocked(str(self.path)) from error
                    time.sleep(1)
            _HELD.add(self.path)
            try:
                yield
            finally:
                _HELD.discard(self.path)

    def _lock_file(self) -> IO[bytes]:
        path = self.path / ".lock"
        try:
            self.path.resolve().mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, PRIVATE_FILE)
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                os.close(handle)
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        except OSError as error:
            raise HomeUnwritable(f"{path.name}: {error.strerror}") from error
        return os.fdopen(handle, "rb+")

    def lease(self, run_id: str) -> None:
        """Say that a run whose tasks are processes of their own works here; it lasts until ``release`` or for two hours."""
        write_atomically(self.path / _LEASE, json.dumps({"run_id": run_id, "at": time.time()}).encode())

    def release(self, run_id: str) -> None:
        """End a lease of this run."""
        if self._leased().get("run_id") == run_id:
            (self.path / _LEASE).unlink(missing_ok=True)

    def refuse_if_leased(self) -> None:
        """Raise HomeLocked while a scheduler's run works here between two of its tasks.

        A lease that does not say when it was left, or says a time to come, counts from the time of its file.
        """
        path, now = self.path / _LEASE, time.time()
        try:
            at = path.lstat().st_mtime
        except FileNotFoundError:
            return
        except OSError as error:
            raise HomeUnwritable(f"{path.name}: {error.strerror}") from error
        leased_at = self._leased().get("at")
        if isinstance(leased_at, int | float) and leased_at <= now + _SKEW:
            at = leased_at
        if now - at < LEASE_SECONDS:
            raise HomeLocked(str(self.path), path)

    def _leased(self) -> dict[str, Any]:
        """What the lease says; nothing where there is none that can be read."""
        path = self.path / _LEASE
        try:
            lease = json.loads(path.read_bytes()) if path.is_file() else {}
        except (OSError, ValueError, RecursionError):
            return {}
        return lease if isinstance(lease, dict) else {}

    def bronze_file(self, source: str, submission_id: str) -> Path:
        """Bronze Parquet of one submission."""
        return self.bronze / source / f"submission_id={submission_id}" / "part-0.parquet"

    def original(self, sha256: str) -> Path:
        """Where the archive keeps the original with this hash."""
        return self.archive / sha256[:2] / sha256

    def quarantine_file(self, source: str, submission_id: str) -> Path:
        """Rows of one submission that could not be typed, as text Parquet."""
        return self.quarantine / source / f"submission_id={submission_id}" / "part-0.parquet"


def _plain(path: Path) -> Path:
    """A way to the home that may stand in a URL, a pattern or a setting: its own, else by a link in the temporary folder.

    Libraries take what follows a ``?`` in the path of a database for parameters, and ``$`` for a variable.
    """
    if _PLAIN.fullmatch(str(path)):
        return path
    folder = Path(tempfile.gettempdir()) / f"junheng-{os.geteuid()}"
    folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & _OTHERS:
        raise HomeUnwritable(f"{folder}: {os.strerror(errno.EPERM)}")
    link = folder / hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    if not link.is_symlink():
        with suppress(FileExistsError):
            link.symlink_to(path)
    return link


def _close(path: Path) -> bool:
    """Take a file or folder from all but its owner. Returns whether others had it."""
    mode = stat.S_IMODE(path.lstat().st_mode)
    if path.is_symlink() or not mode & _OTHERS or not _is_ours(path):
        return False
    path.chmod(mode & ~_OTHERS)
    return True


def _is_ours(path: Path) -> bool:
    """Whether this account may change the mode; what belongs to another is for its owner to close."""
    return os.geteuid() in (0, path.lstat().st_uid)


def _published_mode(is_folder: bool, group: int | None) -> int:
    shared = 0 if group is None else stat.S_IRGRP
    if is_folder:
        return PRIVATE_FOLDER | shared | (stat.S_IXGRP if shared else 0)
    return PRIVATE_FILE | shared


def discard(path: Path) -> None:
    """Remove a file, a link, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def move(source: Path, target: Path) -> None:
    """Put a file in its place, so that readers see all of it or nothing, be it on another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write_atomically(target, source.read_bytes())
        source.unlink()


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` through a temporary file and a rename, so that readers see all of it or nothing."""
    stage(path, data).replace(path)


def stage(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> Path:
    """Write ``data`` beside ``path``, to be renamed to it. Returns where it lies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with open(temporary, "wb") as handle:
        os.fchmod(handle.fileno(), mode)
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    return temporary


def staged_name(path: Path) -> str:
    """Name of the file that :func:`stage` was asked for."""
    return path.name[1:].rsplit(".", 2)[0]


def is_staged(name: str) -> bool:
    """Whether :func:`stage` gives such names."""
    return _STAGED.fullmatch(name) is not None
