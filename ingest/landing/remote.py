"""A landing that lies elsewhere (S3-compatible, SFTP, a mounted folder): fetched into the local one before a night reads that.

One code path for every kind of place (fsspec). What was fetched stands in ``<home>/fetched.json``: a file that is gone there goes
here as well, a file that somebody put here stays. Nothing changes here unless the whole list could be read, and a file appears
under its name when all of it is here. Address: ``JUNHENG_REMOTE``; what logs in there stands in the configuration of fsspec
(docs/runbooks/landing.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import fsspec

from ingest.landing.ignored import ignored
from junheng.core.home import Home, write_atomically

_KNOWN = "fetched.json"
_PART = ".part"


class Fetched(NamedTuple):
    """What a fetch did: files that came, files that went, files that changed while they were read and wait for the next night."""

    arrived: list[str]
    removed: list[str]
    growing: list[str]

    @property
    def summary(self) -> str:
        """For a log: counts, no names."""
        return f"fetched {len(self.arrived)}, removed {len(self.removed)}, still growing {len(self.growing)}"


class BadRemote(RuntimeError):
    """A place that cannot be used as landing; the message says why and holds no secret."""


def fetch(home: Home, landing: Path, address: str) -> Fetched:
    """Make ``landing`` say what lies at ``address``. Whoever calls holds the home.

    Raises OSError where the place cannot be listed or read (then nothing here has changed but whole files that came), BadRemote.
    """
    system, root = _opened(address)
    there = dict(_listed(system, root))
    known = _known(home)
    if known and not there:
        raise OSError(2, "the place is empty: a mount or a bucket may be missing")
    arrived: list[str] = []
    growing: list[str] = []
    for name, mark in there.items():
        if known.get(name) != mark or not (landing / name).is_file():
            (arrived if _copied(system, f"{root}/{name}", landing / name, mark) else growing).append(name)
    removed = sorted(known.keys() - there.keys())
    for name in removed:
        (landing / name).unlink(missing_ok=True)
    marks = {name: mark for name, mark in there.items() if name not in growing}
    if marks != known:
        write_atomically(home.path / _KNOWN, json.dumps(marks, indent=1, sort_keys=True, ensure_ascii=False).encode())
    return Fetched(arrived, removed, growing)


def _opened(address: str) -> tuple[Any, str]:
    """The place and the path there. Raises BadRemote, OSError."""
    kind = address.partition(":")[0]
    try:
        return _over_ssh(address) if kind in ("sftp", "ssh") else fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise BadRemote(f"{kind}: {type(error).__name__}") from error


def _over_ssh(address: str) -> tuple[Any, str]:
    """Fsspec takes the key of any host; here a host has to be known, as ``ssh`` knows it."""
    from paramiko import HostKeys, MissingHostKeyPolicy, PKey, SSHClient, SSHException

    class KnownHosts(MissingHostKeyPolicy):
        """Refuses a host whose key is not in ``known_hosts``."""

        def missing_host_key(self, _client: SSHClient, hostname: str, key: PKey) -> None:
            known = HostKeys()
            for path in filter(Path.is_file, (Path("/etc/ssh/ssh_known_hosts"), Path.home() / ".ssh" / "known_hosts")):
                known.load(str(path))
            if not known.check(hostname, key):
                raise BadRemote(f"{hostname}: not in known_hosts")

    try:
        opened: tuple[Any, str] = fsspec.core.url_to_fs(address, host_key_policy=KnownHosts)
    except SSHException as error:
        raise BadRemote(f"sftp: {type(error).__name__}") from error
    return opened


def _listed(system: Any, root: str) -> Iterator[tuple[str, list[str]]]:
    """Name below the root → what tells one state of the file from another. Raises OSError."""
    system.invalidate_cache()
    if not system.exists(root):
        raise FileNotFoundError(2, "no such place")
    for path, facts in sorted(system.find(root, detail=True).items()):
        name = path.removeprefix(root).strip("/")
        parts = PurePosixPath(name).parts
        if not name or ".." in parts or any(ignored(part) for part in parts):
            continue
        yield name, _mark(facts)


def _mark(facts: Mapping[str, Any]) -> list[str]:
    return [str(facts.get("size")), *(str(facts[key]) for key in ("ETag", "mtime", "LastModified") if facts.get(key))]


def _copied(system: Any, source: str, target: Path, mark: list[str]) -> bool:
    """Copy a file whole; False where it has changed meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + _PART)
    try:
        system.get_file(source, str(part))
        system.invalidate_cache()
        if _mark(system.info(source)) != mark or str(part.stat().st_size) != mark[0]:
            return False
        part.replace(target)
        return True
    finally:
        part.unlink(missing_ok=True)


def _known(home: Home) -> dict[str, list[str]]:
    try:
        known: dict[str, list[str]] = json.loads((home.path / _KNOWN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return known
