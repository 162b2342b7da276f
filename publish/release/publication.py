"""Publish a build: a complete release folder first, then one atomic switch of ``published/current``.

Every step may be the last one of a killed process. A release is written below ``releases/.tmp-*``, synced, renamed, and entered
in the chain (``junheng.core.chain``); only then the link is switched. The next run removes unfinished folders, enters a finished
one that has no entry, and switches to one of equal content.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from junheng.core import chain
from junheng.core.home import Home, discard
from publish.build import documentation
from publish.build.facts import night_facts
from publish.papers.papers import write_papers
from publish.release import history, signature
from publish.release.copying import copy_marts
from publish.release.links import seal, show_link, stage_link, sync
from publish.release.manifest import Details, describe, nights_read, tables_of
from publish.release.release import DATABASE, RESTRICTED, Release, entered, finished, read_manifest_of, read_release, served
from publish.release.retention import finish_originals, prune, strip
from publish.release.succession import MANIFEST, TEMPORARY, follows, holds, number
from publish.site import audit_pack
from publish.site.site import write_site
from publish.tables.artifacts import Manifest, read_manifest
from publish.tables.hashing import Content, content_hash


def _clean(home: Home) -> None:
    """Remove what a killed run left unfinished, and end what it began to remove."""
    known = chain.known(home)
    for folder in finished(home):
        if folder.name in known.removed and known.is_whole:
            strip(folder)
    finish_originals(home)
    for place in (home.releases, home.published):
        for stray in place.glob(f"{TEMPORARY}*"):
            discard(stray)


def _write(home: Home, build_db: Path, manifest: Manifest, content: Content, details: Details) -> str:
    """Write a complete release folder, rename it into place and enter it in the chain. Returns its id."""
    known = chain.known(home)
    taken = {path.name for path in finished(home)} | known.releases.keys() | known.adopted.keys()
    release_id = f"r{max(map(number, taken), default=0) + 1:04d}-{content.hash[:12]}"
    temporary = home.releases / f"{TEMPORARY}{release_id}"
    temporary.mkdir()
    nights, marts = nights_read(build_db), tables_of(content, manifest)
    last = [folder for folder in entered(home, known) if (folder / DATABASE).is_file()]

    def add_history(connection: duckdb.DuckDBPyConnection) -> None:
        before = read_release(last[-1]) if last else None
        marts[history.TABLE]["rows"] = history.fill(connection, release_id, details.created_at, before)

    copy_marts(home, build_db, temporary, manifest, add_history if history.TABLE in marts else lambda _connection: None)
    described = describe(known, nights, temporary / DATABASE, content, marts, details, release_id)
    facts, before = night_facts(home), served(home)
    papers = write_papers(home, described, temporary, (temporary / DATABASE, temporary / RESTRICTED / f"{RESTRICTED}.duckdb"))
    earlier = before.path / DATABASE if before else None
    write_site(temporary / DATABASE, facts, described, temporary / "site", papers, earlier, home.maps)
    audit_pack.write_audit_pack(home, temporary, facts, described)
    documentation.copy_page(home, temporary)
    described["files"] = chain.files_below(temporary, temporary)
    (temporary / MANIFEST).write_text(json.dumps(described, ensure_ascii=False, indent=1), encoding="utf-8")
    signature.write_pages(home, temporary, signature.pages(described, chain.sha256_of(temporary / MANIFEST), ()))
    seal(home, temporary)
    temporary.rename(home.releases / release_id)
    sync(home.releases)
    _enter(home, home.releases / release_id)
    return release_id


def _enter(home: Home, folder: Path, **facts: Any) -> None:
    """Enter a finished release in the chain and make it the current one."""
    link = stage_link(home, home.current, folder.name)
    body = {
        "release_id": folder.name,
        "manifest_sha256": chain.sha256_of(folder / MANIFEST),
        "current": folder.name,
        "files": chain.files_below(folder / signature.FOLDER, home.path),
    }
    chain.of_home(home).append(chain.RELEASE, body | facts)
    show_link(home, home.current, link)


def catch_up(home: Home) -> None:
    """End what a killed run began: nights, the release that follows the last one of the chain, links. Removes what is unfinished.

    Where an entry was damaged nothing but nights of their own is entered: it may have been that of what is found.
    """
    home.releases.mkdir(parents=True, exist_ok=True)
    chain.seal_nights(home)
    known = chain.known(home)
    if known.is_whole:
        for link, release_id in ((home.current, known.current), (home.signed, known.signed)):
            staged = home.published / f"{TEMPORARY}{link.name}"
            if staged.is_symlink() and release_id and staged.readlink() == Path(home.releases.name) / release_id:
                show_link(home, link, staged)
        for folder in finished(home):
            if follows(known, folder):
                _enter(home, folder, recovered=True)
                known = chain.known(home)
    _clean(home)


def publish(home: Home, build_db: Path, manifest: Path, details: Details) -> Release:
    """Publish the marts of a build, unless their content is what readers already see. The build file stays as it is.

    A release of which a file was changed since is not shown (again), whatever its manifest says: the content is published anew.
    """
    catch_up(home)
    content = content_hash(build_db, manifest)
    current, known = served(home), chain.known(home)
    if current is not None and current.content_hash == content.hash and holds(known, current.path):
        return Release(current.release_id, current.content_hash, current.path, current.created_at, unchanged=True)
    same = [
        path for path in entered(home, known) if read_manifest_of(path)["content_hash"] == content.hash and holds(known, path)
    ]
    release_id = same[-1].name if same else _write(home, build_db, read_manifest(manifest), content, details)
    if same:
        link = stage_link(home, home.current, release_id)
        if known.current != release_id:
            chain.of_home(home).append(chain.CURRENT, {"current": release_id})
        show_link(home, home.current, link)
    prune(home, date.fromisoformat(details.created_at[:10]))
    return read_release(home.releases / release_id)
