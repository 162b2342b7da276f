"""收件回执 and 退回单 handed out: into the folders of landing that the files came from, or into the outbox of the home.

What lies there is replaced by that of the next release, and taken away where nothing is left to be repaired; but a book that
somebody changed stays as it is: it is a delivery (``ingest.landing.returned``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import duckdb

from junheng.core.home import Home, stage, write_atomically
from publish.papers.papers import FOLDER, LIST, ListedPaper
from publish.release.release import Release
from publish.tables.reading import newest_counties

OFF, _IN_LANDING = "off", "landing"
_KIND = "return"
_GIVEN = "handed_out.json"
"""In the outbox: the books that were handed out and lie there since, by their place, with their hashes."""


def hand_out(home: Home, release: Release, landing: Path, place: str) -> list[Path]:
    """Hand out the books of a release; where they lie now. ``place``: a value of ``JUNHENG_RECEIPTS``.

    Raises OSError where the outbox cannot be written either.
    """
    if place == OFF:
        return []
    listed: list[ListedPaper] = json.loads((release.path / FOLDER / LIST).read_text(encoding="utf-8"))
    with duckdb.connect(str(release.database), read_only=True) as connection:
        years = {county.code: county.year for county in newest_counties(connection)}
    before, given = _given(home), dict[str, str]()
    for paper in listed:
        if paper["kind"] == _KIND:
            data = (release.path / paper["path"]).read_bytes()
            county, name = paper["county_code"], Path(paper["path"]).name
            folders = [home.outbox / county]
            if place == _IN_LANDING:
                folders.insert(0, landing / county / str(years[county]))
            given |= _laid(folders, name, data, before)
    for path, sha256 in before.items():
        if path not in given and _hash(Path(path)) == sha256:
            Path(path).unlink()
    write_atomically(home.outbox / _GIVEN, json.dumps(given, ensure_ascii=False, indent=1).encode())
    return list(map(Path, given))


def _given(home: Home) -> Mapping[str, str]:
    try:
        return dict(json.loads((home.outbox / _GIVEN).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _laid(folders: list[Path], name: str, data: bytes, before: Mapping[str, str]) -> dict[str, str]:
    """Lay a book into the first folder that takes it, the last one being the outbox; nothing where somebody changed it there."""
    sha256 = hashlib.sha256(data).hexdigest()
    for folder in folders:
        path, is_last = folder / name, folder == folders[-1]
        lying = _hash(path)
        if lying not in (None, sha256, before.get(str(path))):
            return {}
        if not is_last and not folder.is_dir():
            continue
        try:
            if lying != sha256:
                # in landing it is for those who deliver there: as open as the folder
                mode = folder.stat().st_mode & 0o666 if not is_last else 0o600
                stage(path, data, mode).replace(path)
        except OSError:
            if is_last:
                raise
            continue
        return {str(path): sha256}
    return {}


def _hash(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
