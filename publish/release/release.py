"""A release as it lies there: its manifest, its database, and which one readers see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from junheng.core import chain
from junheng.core.home import Home
from publish.release import signature
from publish.release.succession import MANIFEST, RELEASE
from publish.tables.release_manifest import ReleaseManifest

DATABASE = "junheng.duckdb"

RESTRICTED = "restricted"
"""Folder and file of the marts that not every reader may see; only its owner can open it."""


@dataclass(frozen=True)
class Release:
    """A published build."""

    release_id: str
    content_hash: str
    path: Path
    created_at: str
    unchanged: bool = False
    """The content was already published: nothing was switched."""

    @property
    def database(self) -> Path:
        """The DuckDB file of the release."""
        return self.path / DATABASE

    @property
    def signature(self) -> signature.Decision | None:
        """The decision that stands about it; None: unsigned."""
        return signature.state(Home(self.path.parents[2]), self.release_id)


class ReleaseUnreadable(ValueError):
    """A release that is not what was written; the message is its file."""


def read_manifest_of(folder: Path) -> ReleaseManifest:
    """``manifest.json`` of a release folder. Raises ReleaseUnreadable."""
    try:
        return cast(ReleaseManifest, chain.parsed(chain.read_regular(folder / MANIFEST)))
    except (OSError, ValueError) as error:
        raise ReleaseUnreadable(str(folder / MANIFEST)) from error


def read_release(folder: Path) -> Release:
    """The release in a folder. Raises ReleaseUnreadable."""
    data: Mapping[str, object] = read_manifest_of(folder)
    known = [text for name in ("release_id", "content_hash", "created_at") if isinstance(text := data.get(name), str)]
    if len(known) < 3:
        raise ReleaseUnreadable(str(folder / MANIFEST))
    release_id, content, created_at = known
    release = Release(release_id, content, folder, created_at)
    if release.database.exists() and not release.database.is_file():
        raise ReleaseUnreadable(str(release.database))  # whoever opens a pipe waits for ever
    return release


def read_current(home: Home) -> Release | None:
    """The release that readers see now, or None before the first one. Raises ReleaseUnreadable."""
    return read_release(home.releases / home.current.resolve().name) if home.current.exists() else None


def served(home: Home) -> Release | None:
    """The same; None as well for one that cannot be read: a night publishes anew."""
    try:
        return read_current(home)
    except ReleaseUnreadable:
        return None


def finished(home: Home) -> list[Path]:
    """Release folders, oldest first."""
    numbered = [(int(m[1]), p) for p in home.releases.iterdir() if (m := RELEASE.match(p.name))]
    return [path for _, path in sorted(numbered) if path.is_dir() and not path.is_symlink()]


def entered(home: Home, known: chain.Known) -> list[Path]:
    """Release folders with the manifest that the chain says they have, all of them there, oldest first."""
    manifests = {name: files.get(MANIFEST) for name, files in known.adopted.items()}
    manifests |= {name: body["manifest_sha256"] for name, body in known.releases.items()}
    folders = [path for path in finished(home) if path.name in manifests and path.name not in known.removed]
    return [path for path in folders if _is(path / MANIFEST, manifests[path.name])]


def _is(path: Path, sha256: str | None) -> bool:
    try:
        return chain.sha256_of(path) == sha256
    except OSError:
        return False


def find_release(home: Home, name: str) -> Release | None:
    """A release by ``current``, ``signed``, its id or the beginning of it; None when there is none, or more than one."""
    if name in ("current", "signed"):
        link = home.published / name
        return read_release(home.releases / link.resolve().name) if link.exists() else None
    folders = [path for path in finished(home) if path.name == name or path.name.startswith(f"{name}-")]
    return read_release(folders[0]) if len(folders) == 1 else None
