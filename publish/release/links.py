"""What readers follow: a release sealed and on the disk, and the links to it, switched by one rename."""

from __future__ import annotations

import os
from pathlib import Path

from junheng.core.home import KEPT_FILE, Home
from publish.release.succession import TEMPORARY


def sync(path: Path) -> None:
    """Bring a file or the entries of a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def seal(home: Home, folder: Path) -> None:
    """Make every file of a release read-only, let readers read what is not restricted, and bring all of it to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(KEPT_FILE)
        home.share(path)
        sync(path)
    home.share(folder)
    sync(folder)


def stage_link(home: Home, link: Path, release_id: str | None) -> Path | None:
    """Make a link to a release beside ``link``; once the chain says where it points, :func:`show_link` shows it.

    So what a killed run left is known for what it is. None: there is to be no link.
    """
    if release_id is None:
        return None
    staged = home.published / f"{TEMPORARY}{link.name}"
    staged.unlink(missing_ok=True)
    staged.symlink_to(Path(home.releases.name) / release_id)
    return staged


def show_link(home: Home, link: Path, staged: Path | None) -> None:
    """Put a link in its place: readers see the old release or the new one, never neither."""
    if staged is None:
        link.unlink(missing_ok=True)
    else:
        if link.is_dir() and not link.is_symlink():  # a copy of the home that follows links made it one
            link.rename(home.releases / f"{TEMPORARY}{link.name}")
        staged.replace(link)
    sync(home.published)
