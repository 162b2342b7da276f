"""Which release readers of the shared database are to see, by what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass

from junheng.core import chain
from junheng.core.home import Home
from publish.release import signature
from publish.release.release import Release, entered, read_current, read_release

EVERY, UNREFUSED, SIGNED = "every", "unrefused", "signed"
"""The release in force; the newest one that nobody refused to sign; the last signed one."""
UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Chosen:
    """The release that readers are to see, and what was decided about it."""

    release: Release
    decision: str


class NothingToServe(RuntimeError):
    """There is no such release; the message is what was asked for."""


def to_serve(home: Home, which: str) -> Chosen:
    """The release that readers are to see. Raises NothingToServe, ReleaseUnreadable."""
    release = {EVERY: read_current, UNREFUSED: _unrefused, SIGNED: _signed}[which](home)
    if release is None or not release.database.exists():
        raise NothingToServe(which)
    return Chosen(release, _decision(home, release.release_id))


def _decision(home: Home, release_id: str) -> str:
    standing = signature.state(home, release_id)
    return standing.decision if standing else UNSIGNED


def _signed(home: Home) -> Release | None:
    release_id = signature.signed(home)
    is_whole = release_id is not None and _decision(home, release_id) == signature.APPROVED
    return read_release(home.releases / str(release_id)) if is_whole else None


def _unrefused(home: Home) -> Release | None:
    """From the release in force back to the first one that nobody refused."""
    current = read_current(home)
    folders = entered(home, chain.known(home)) if current else []
    names = [folder.name for folder in folders]
    if current is None or current.release_id not in names:
        return None
    for folder in reversed(folders[: names.index(current.release_id) + 1]):
        if _decision(home, folder.name) != signature.REFUSED:
            return read_release(folder)
    return None
