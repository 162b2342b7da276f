"""Publish a build: a complete release folder first, then one atomic switch of ``published/current``.

Every step may be the last one of a killed process. A release is written below ``releases/.tmp-*``, synced, renamed, and entered
in the chain (``junheng.core.chain``); only then the link is switched. The next run removes unfinished folders, enters a finished
one that has no entry, and switches to one of equal content.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb
import yaml

from junheng.core import chain
from junheng.core.home import KEPT_FILE, Home, discard
from junheng.core.sql import catalog, columns, identifier, literal, records, tables
from publish.build import documentation
from publish.build.build import remove_database
from publish.build.code import code_hashes
from publish.build.facts import night_facts
from publish.release import signature
from publish.release.succession import MANIFEST, RELEASE, TEMPORARY, before, follows, holds, night_digests, number
from publish.site import audit_pack
from publish.site.site import write_site
from publish.tables.artifacts import MARTS, Manifest, read_manifest
from publish.tables.hashing import Content, content_hash
from publish.tables.mart_versions import marts_version
from publish.words.seeds import ruleset_digests

DATABASE = "junheng.duckdb"
RESTRICTED = "restricted"
"""Folder and file of the marts that not every reader may see; only its owner can open it."""
_RETENTION = Path(__file__).with_name("retention.yml")
_PACKAGES = ("junheng", "dbt-core", "dbt-duckdb", "duckdb")

_REJECTED = re.compile(r"^rejected-(\d{4,})\.duckdb$")
KEEP_REJECTED = int(os.environ.get("JUNHENG_KEEP_REJECTED", "3"))
"""How many rejected builds stay in the warehouse for inspection."""

__all__ = [
    "Content",
    "Details",
    "Release",
    "ReleaseUnreadable",
    "content_hash",
    "keep_rejected",
    "publish",
    "read_current",
    "served",
]


@dataclass(frozen=True)
class Details:
    """What only the run knows about a release."""

    created_at: str
    """ISO time of the run; the release and its pages carry this and no other clock."""
    rulesets: tuple[str, ...] = ()


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


def read_manifest_of(folder: Path) -> dict[str, Any]:
    """``manifest.json`` of a release folder. Raises ReleaseUnreadable."""
    try:
        return chain.parsed(chain.read_regular(folder / MANIFEST))
    except (OSError, ValueError) as error:
        raise ReleaseUnreadable(str(folder / MANIFEST)) from error


def _read(folder: Path) -> Release:
    data = read_manifest_of(folder)
    said = [data[name] for name in ("release_id", "content_hash", "created_at") if isinstance(data.get(name), str)]
    if len(said) < 3:
        raise ReleaseUnreadable(str(folder / MANIFEST))
    release_id, content, created_at = said
    found = Release(release_id, content, folder, created_at)
    if found.database.exists() and not found.database.is_file():
        raise ReleaseUnreadable(str(found.database))  # whoever opens a pipe waits for ever
    return found


def read_current(home: Home) -> Release | None:
    """The release that readers see now, or None before the first one. Raises ReleaseUnreadable."""
    return _read(home.releases / home.current.resolve().name) if home.current.exists() else None


def served(home: Home) -> Release | None:
    """The same; None as well for one that cannot be read: a night publishes anew."""
    try:
        return read_current(home)
    except ReleaseUnreadable:
        return None


def keep_rejected(home: Home, build_db: Path, keep: int = KEEP_REJECTED) -> Path | None:
    """Set a rejected build aside as ``warehouse/rejected-<number>.duckdb``; of earlier ones only the latest stay.

    Returns where it lies, or None when there is no build file (dbt never got that far).
    """
    found = sorted((int(m[1]), path) for path in home.warehouse.iterdir() if (m := _REJECTED.match(path.name)))
    if not build_db.exists():
        return None
    with duckdb.connect(str(build_db)) as connection:
        connection.execute("checkpoint")
    target = home.warehouse / f"rejected-{found[-1][0] + 1 if found else 1:04d}.duckdb"
    shutil.move(build_db, target)
    for _, old in found[: max(len(found) + 1 - keep, 0)]:
        remove_database(old)
    return target


def _finished(home: Home) -> list[Path]:
    """Release folders, oldest first."""
    found = [(int(m[1]), p) for p in home.releases.iterdir() if (m := RELEASE.match(p.name))]
    return [path for _, path in sorted(found) if path.is_dir() and not path.is_symlink()]


def _entered(home: Home, known: chain.Known) -> list[Path]:
    """Release folders with the manifest that the chain says they have, all of them there, oldest first."""
    manifests = {name: files.get(MANIFEST) for name, files in known.adopted.items()}
    manifests |= {name: body["manifest_sha256"] for name, body in known.releases.items()}
    found = [path for path in _finished(home) if path.name in manifests and path.name not in known.removed]
    return [path for path in found if _is(path / MANIFEST, manifests[path.name])]


def _is(path: Path, sha256: str | None) -> bool:
    try:
        return chain.sha256_of(path) == sha256
    except OSError:
        return False


def _strip(folder: Path) -> None:
    """Leave of a release nothing but its manifest."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != MANIFEST:
            path.unlink()


def _clean(home: Home) -> None:
    """Remove what a killed run left unfinished, and end what it began to remove."""
    known = chain.known(home)
    for folder in _finished(home):
        if folder.name in known.removed and known.is_whole:
            _strip(folder)
    for place in (home.releases, home.published):
        for stray in place.glob(f"{TEMPORARY}*"):
            discard(stray)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal(home: Home, folder: Path) -> None:
    """Make every file of a release read-only, let readers read what is not restricted, and bring all of it to the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            path.chmod(KEPT_FILE)
        home.share(path)
        _sync(path)
    home.share(folder)
    _sync(folder)


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
    _sync(home.published)


def _copy_marts(home: Home, build_db: Path, target: Path, manifest: Manifest) -> None:
    """Copy schema ``marts`` as sorted, commented tables and as Parquet files; what is restricted into a folder of its own."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        found = tables(connection, catalog(connection), MARTS)
    _copy_tables(home, build_db, target / DATABASE, [table for table in found if table not in manifest.restricted], manifest)
    apart = target / RESTRICTED
    apart.mkdir(mode=0o700)
    _copy_tables(
        home, build_db, apart / f"{RESTRICTED}.duckdb", [table for table in found if table in manifest.restricted], manifest
    )


def _copy_tables(home: Home, build_db: Path, database: Path, copied: list[str], manifest: Manifest) -> None:
    """Copy these marts into a new database, and as Parquet beside it."""
    parquet = database.parent / "parquet"
    parquet.mkdir()
    written = database if home.work == home.warehouse else home.work / database.name
    with duckdb.connect(str(written)) as connection:
        connection.execute(f"attach {literal(str(build_db))} as build (read_only)")
        connection.execute(f"create schema {MARTS}")
        for table in copied:
            name = f"{MARTS}.{identifier(table)}"
            connection.execute(f"create table {name} as select * from build.{name} order by all")
            file = literal(str(parquet / f"{table}.parquet"))
            connection.execute(f"copy {name} to {file} (format parquet, compression zstd)")
        connection.execute("detach build")
        connection.begin()
        for table in copied:
            _comment(connection, table, manifest)
        connection.commit()
    if written != database:
        shutil.move(written, database)


def _comment(connection: duckdb.DuckDBPyConnection, table: str, manifest: Manifest) -> None:
    mart = manifest.marts.get(table)
    if mart is None:
        return
    name = f"{MARTS}.{identifier(table)}"
    connection.execute(f"comment on table {name} is {literal(mart.comment)}")
    for column, _ in columns(connection, catalog(connection), MARTS, table):
        described = mart.columns.get(column)
        if described and described.comment:
            connection.execute(f"comment on column {name}.{identifier(column)} is {literal(described.comment)}")


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "source"
    return found | {"marts": marts_version()}


def _in_force(database: Path) -> list[dict[str, Any]]:
    """Submissions that the figures rest on."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return records(
            connection,
            f"select distinct submission_id, sha256, source, file_name from {MARTS}.aud_submission "
            "where status = 'accepted' order by all",
        )


def _rules(database: Path) -> list[dict[str, Any]]:
    """Rule sets that the figures were computed with, and the bases of overlays among them."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = records(
            connection,
            f"""
            select ruleset_id, version, base_ruleset_id from {MARTS}.dim_ruleset
            where is_selected
                or ruleset_id in (select base_ruleset_id from {MARTS}.dim_ruleset where is_selected)
            order by ruleset_id
            """,
        )
        settings = records(connection, f"select ruleset_id, setting, value from {MARTS}.dim_rule_setting order by all")
    digests = ruleset_digests()
    for rule_set in found:
        own = [row for row in settings if row["ruleset_id"] == rule_set["ruleset_id"]]
        rule_set["settings"] = {row["setting"]: row["value"] for row in own}
        rule_set["sha256"] = digests.get((rule_set["ruleset_id"], str(rule_set["version"])))
    return found


def _nights(build_db: Path) -> list[int]:
    """Nights that the build read; those committed since belong to the next one."""
    with duckdb.connect(str(build_db), read_only=True) as connection:
        return [row["night"] for row in records(connection, "select night from run.night order by night")]


def _tables(content: Content, manifest: Manifest) -> dict[str, Any]:
    """Rows, hash, grain and columns outside the hash of every table."""
    found = {}
    for name, sha256 in content.tables.items():
        mart = manifest.marts.get(name)
        found[name] = {
            "rows": content.counts[name],
            "sha256": sha256,
            "grain": list(mart.grain) if mart else [],
            "volatile": sorted(mart.volatile) if mart else [],
            "is_restricted": name in manifest.restricted,
        }
    return found


def _manifest(known: chain.Known, nights: list[int], database: Path, tables: dict[str, Any], details: Details) -> dict[str, Any]:
    """What a release was made of and what it holds, but for its id and files."""
    digests = night_digests(known.files)
    return {
        "created_at": details.created_at,
        "signatures": f"{signature.FOLDER}/signatures.json",
        "previous": before(known),
        "tables": tables,
        "versions": _versions(),
        "code": code_hashes(),
        "rulesets": list(details.rulesets),
        "rules": _rules(database),
        "nights": nights,
        "inputs": {"nights": {str(night): digests[night] for night in nights if night in digests}},
        "submissions": _in_force(database),
    }


def _write(home: Home, build_db: Path, manifest: Manifest, content: Content, details: Details) -> str:
    """Write a complete release folder, rename it into place and enter it in the chain. Returns its id."""
    known = chain.known(home)
    taken = {path.name for path in _finished(home)} | known.releases.keys() | known.adopted.keys()
    release_id = f"r{max(map(number, taken), default=0) + 1:04d}-{content.hash[:12]}"
    temporary = home.releases / f"{TEMPORARY}{release_id}"
    temporary.mkdir()
    _copy_marts(home, build_db, temporary, manifest)
    described: dict[str, Any] = {"release_id": release_id, "content_hash": content.hash}
    described |= _manifest(known, _nights(build_db), temporary / DATABASE, _tables(content, manifest), details)
    facts = night_facts(home)
    write_site(temporary / DATABASE, facts, described, temporary / "site")
    audit_pack.write_audit_pack(home, temporary, facts, described)
    documentation.copy_page(home, temporary)
    described["files"] = chain.files_below(temporary, temporary)
    (temporary / MANIFEST).write_text(json.dumps(described, ensure_ascii=False, indent=1), encoding="utf-8")
    signature.write_pages(home, temporary, signature.pages(described, chain.sha256_of(temporary / MANIFEST), ()))
    _seal(home, temporary)
    temporary.rename(home.releases / release_id)
    _sync(home.releases)
    _enter(home, home.releases / release_id)
    return release_id


def _enter(home: Home, folder: Path, **said: Any) -> None:
    """Enter a finished release in the chain and make it the current one."""
    link = stage_link(home, home.current, folder.name)
    body = {
        "release_id": folder.name,
        "manifest_sha256": chain.sha256_of(folder / MANIFEST),
        "current": folder.name,
        "files": chain.files_below(folder / signature.FOLDER, home.path),
    }
    chain.of_home(home).append(chain.RELEASE, body | said)
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
        for folder in _finished(home):
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
        path for path in _entered(home, known) if read_manifest_of(path)["content_hash"] == content.hash and holds(known, path)
    ]
    release_id = same[-1].name if same else _write(home, build_db, read_manifest(manifest), content, details)
    if same:
        link = stage_link(home, home.current, release_id)
        if known.current != release_id:
            chain.of_home(home).append(chain.CURRENT, {"current": release_id})
        show_link(home, home.current, link)
    prune(home, date.fromisoformat(details.created_at[:10]))
    return _read(home.releases / release_id)


@lru_cache(maxsize=1)
def _retention() -> dict[str, int]:
    return dict(yaml.safe_load(_RETENTION.read_text(encoding="utf-8")))


def prune(home: Home, today: date) -> list[str]:
    """Remove all but the manifest of releases that are too many and too old (``retention.yml``). Returns their ids, oldest first.

    The current release and whatever was ever signed stay whole.
    """
    known, policy = chain.known(home), _retention()
    whole = _entered(home, known)
    kept = {known.current} | {d.release_id for d in signature.decisions(home) if d.decision == signature.APPROVED}
    kept |= {path.name for path in whole[max(len(whole) - policy["keep_newest"], 0) :]}
    oldest = today - timedelta(days=policy["keep_days"])
    old = [
        path for path in whole if path.name not in kept and date.fromisoformat(read_manifest_of(path)["created_at"][:10]) < oldest
    ]
    for path in old:
        chain.of_home(home).append(chain.REMOVED, {"release_id": path.name})
        _strip(path)
    return [path.name for path in old]


def find_release(home: Home, name: str) -> Release | None:
    """A release by ``current``, ``signed``, its id or the beginning of it; None when there is none, or more than one."""
    if name in ("current", "signed"):
        link = home.published / name
        return _read(home.releases / link.resolve().name) if link.exists() else None
    found = [path for path in _finished(home) if path.name == name or path.name.startswith(f"{name}-")]
    return _read(found[0]) if len(found) == 1 else None
