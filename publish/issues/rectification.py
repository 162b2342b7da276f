"""The 整改情况报告 of the release that readers see, written for the office on its command: with the state of the signature."""

from __future__ import annotations

from pathlib import Path

import duckdb

from junheng.core.home import Home, write_atomically
from publish.papers.rectification import findings_by_document, papers_of, read_office
from publish.release import signature
from publish.release.release import Release
from publish.tables.reading import newest_counties


def reports(home: Home, release: Release, out: Path, county: str | None = None, document: str | None = None) -> list[Path]:
    """Write the reports of a release, of one county or document if given, and what is still owed. Returns their paths."""
    foot = {"release": release.release_id, "created_at": release.created_at, "state": signature.said(release.signature)}
    office, written = read_office(home), []
    with duckdb.connect(str(release.database), read_only=True) as connection:
        for each in newest_counties(connection):
            if county not in (None, each.code):
                continue
            for named, findings in findings_by_document(connection, each.code).items():
                if document not in (None, named):
                    continue
                for name, content in papers_of(connection, each, named, findings, office, foot).items():
                    write_atomically(out / name, content)
                    written.append(out / name)
    return written
