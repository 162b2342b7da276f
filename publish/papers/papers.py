"""The papers of a release: a folder for each county, ``papers/<county>/``.

Written once, when the release is; nobody signed it then, and the papers say so. What is made of the same release is the
same, byte by byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from publish.papers.application_form import application_forms
from publish.tables.reading import newest_counties
from publish.tables.release_manifest import ReleaseManifest
from publish.words.texts import texts

FOLDER = "papers"
"""Below a release."""


def write_papers(db: Path, release: ReleaseManifest, out: Path) -> dict[str, list[str]]:
    """Write the papers of all counties of a release into a new folder. Returns their paths below the release, by county."""
    footer: Mapping[str, str] = {
        "release": release["release_id"],
        "created_at": release["created_at"],
        "state": texts()["signature"]["unsigned"],
    }
    out.mkdir(parents=True)
    written: dict[str, list[str]] = {}
    with duckdb.connect(str(db), read_only=True) as connection:
        for county in newest_counties(connection):
            papers = application_forms(connection, county, footer)
            if papers:
                (out / county.code).mkdir()
            for name, content in papers.items():
                (out / county.code / name).write_bytes(content)
                written.setdefault(county.code, []).append(f"{FOLDER}/{county.code}/{name}")
    return written
