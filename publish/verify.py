"""Recompute the chain: every file of ``published/``, ``archive/`` and ``ledger/`` against what the chain says of it.

Nothing is written. What a killed run left, what was published before the chain began and what was entered late is told as a
notice; everything else that is not as the chain says is a break. Breaks come in the order of the chain.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from junheng import chain
from junheng.home import Home
from publish import signature
from publish.release import MANIFEST, night_digests
from publish.texts import texts

_KILLED = re.compile(r"ledger/\.open-\d+/.*|published/(releases/)?\.tmp-.*|(.*/)?\.[^/]+\.\d+\.tmp")
"""What killed runs leave and the next one removes."""
_PLACES = ("published", "archive", "ledger")
_ORIGINAL = re.compile(r"archive/([0-9a-f]{2})/(\1[0-9a-f]{62})")


@dataclass(frozen=True)
class Break:
    """A file that is not as the chain says; ``reason`` is a Chinese sentence."""

    path: str
    reason: str


@dataclass
class Verification:
    """Outcome of a verification."""

    breaks: list[Break] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    files: int = 0
    entries: int = 0
    head: str = ""
    """Hash of the last entry: whoever notes it elsewhere can tell a chain that was written anew."""
    has_anchor: bool = False
    """Whether the chain holds the entry that was asked for."""


def _say(key: str, **values: object) -> str:
    return str(texts()["verify"][key]).format(**values)


class _Verifier:
    def __init__(self, home: Home) -> None:
        self.home = home
        self.found = Verification()
        self.known = chain.Known()
        self.expected: dict[str, str] = {}
        """Hash by path below the home, in the order of the chain."""
        self.nights: dict[int, str] = {}
        """Digest of every night, by what the chain says of its files."""
        self.unjudged: list[str] = []
        """Prefixes of paths below which nothing can be said, because what says it is broken."""

    def broken(self, path: Path | str, key: str, **values: object) -> None:
        shown = path if isinstance(path, str) else path.relative_to(self.home.path).as_posix()
        self.found.breaks.append(Break(shown, _say(key, **values)))

    def read_chain(self, anchor: str) -> None:
        entries = chain.of_home(self.home)
        try:
            for entry in entries.entries():
                self.known.take(entry)
                self.found.entries += 1
                self.found.head = entry.sha256
                self.found.has_anchor |= entry.sha256 == anchor
        except chain.ChainBroken as broken:
            self.broken(broken.path, broken.reason)
            self.unjudged.append("")
        for path in entries.paths():
            self.expected[path.relative_to(self.home.path).as_posix()] = path.stem.split("-")[1]
        for entry in self.known.recovered:
            subject = entry.body.get("release_id") or _say("night", night=entry.body.get("night"))
            self.found.notices.append(_say("recovered", subject=subject))

    def expect_ledger(self) -> None:
        self.expected |= self.known.files
        for sha256 in self.known.originals:
            self.expected[self.home.original(sha256).relative_to(self.home.path).as_posix()] = sha256

    def expect_releases(self) -> None:
        self.nights = night_digests(self.known.files)
        for release_id, files in self.known.adopted.items():
            self.found.notices.append(_say("adopted", release=release_id))
            self.expected |= {f"published/releases/{release_id}/{path}": sha256 for path, sha256 in files.items()}
        for release_id, body in self.known.releases.items():
            folder = self.home.releases / release_id
            path = folder / MANIFEST
            self.expected[path.relative_to(self.home.path).as_posix()] = body["manifest_sha256"]
            if not path.is_file() or chain.sha256_of(path) != body["manifest_sha256"]:
                self.unjudged.append(f"published/releases/{release_id}/")
                continue
            manifest = json.loads(path.read_bytes())
            if release_id in self.known.removed:
                manifest["files"] = {}
            self.expected |= {f"published/releases/{release_id}/{name}": sha256 for name, sha256 in manifest["files"].items()}
            self.check_manifest(path, manifest)

    def check_manifest(self, path: Path, manifest: dict[str, Any]) -> None:
        """What a manifest says of the release before it and of the nights it was made from."""
        before = manifest["previous"]
        if before is not None:
            adopted = self.known.adopted.get(before["release_id"], {}).get(MANIFEST)
            entered = self.known.releases.get(before["release_id"], {}).get("manifest_sha256")
            if before["manifest_sha256"] not in (adopted, entered):
                self.broken(path, "manifest_unlinked", release=before["release_id"])
        for night, digest in manifest["inputs"]["nights"].items():
            if self.nights.get(int(night)) != digest:
                self.broken(path, "manifest_night", night=night)

    def present(self) -> Iterator[str]:
        """Files and links below the three places, by path below the home."""
        for place in _PLACES:
            for folder, folders, files in os.walk(self.home.path / place):
                at = Path(folder)
                links = [name for name in folders if (at / name).is_symlink()]
                for name in [*files, *links]:
                    yield (at / name).relative_to(self.home.path).as_posix()

    def check_files(self, told: Callable[[int, int], None]) -> None:
        here = set(self.present()) - self.check_links()
        legacy = self.begun_without_chain()
        missing = [path for path in self.expected if path not in here]
        for path in missing:
            self.broken(path, "missing")
        # a link is no file of a release, whatever it points to
        to_hash = [path for path in self.expected if path in here]
        for path in sorted(here - self.expected.keys()):
            original = _ORIGINAL.fullmatch(path)
            if _KILLED.fullmatch(path):
                self.found.notices.append(_say("left_by_killed", path=path))
            elif original:
                self.expected[path] = original[2]
                to_hash.append(path)
                if not legacy:
                    self.found.notices.append(_say("unregistered", path=path))
            elif not legacy and not path.startswith(tuple(self.unjudged)):
                self.broken(path, "unknown")
        self.found.files = len(to_hash)
        self.hash(to_hash, told)

    def begun_without_chain(self) -> bool:
        """Whether everything was published before there were chains; told as such."""
        if self.found.entries or self.found.breaks:
            return False
        published = sorted(self.home.releases.glob("r[0-9]*"))
        nights = sorted(self.home.nights.glob("[0-9]*"))
        for path in [*(folder / MANIFEST for folder in published), *(folder / "night.json" for folder in nights)]:
            try:
                data = json.loads(path.read_bytes())
            except (OSError, ValueError):
                continue
            if "previous" in data or data.get("in_chain"):
                self.broken(self.home.ledger / "chain", "no_chain")
                return False
        self.found.notices += [_say("before_chain", release=folder.name) for folder in published]
        return True

    def check_links(self) -> set[str]:
        """``published/current`` and ``published/signed``. Returns the links that may be there."""
        if not self.found.entries:
            return {"published/current"}
        may_be = set()
        for link, release_id in ((self.home.current, self.known.current), (self.home.signed, self.known.signed)):
            if release_id is None:
                continue
            may_be.add(link.relative_to(self.home.path).as_posix())
            if not link.is_symlink():
                self.broken(link, "link_missing", release=release_id)
            elif link.readlink() != Path(self.home.releases.name) / release_id:
                self.broken(link, "link_moved", release=release_id, found=link.readlink())
        return may_be

    def check_signatures(self) -> None:
        """The record's own chain, and that every decision is about a release as it was published, by one who was asked."""
        record = signature.record(self.home)
        try:
            every = list(record.entries())
        except chain.ChainBroken as broken:
            self.broken(broken.path, broken.reason)
            return
        for path, entry, decision in zip(record.paths(), every, signature.decisions(self.home), strict=True):
            release = self.known.releases.get(decision.release_id, {})
            if release.get("manifest_sha256") != decision.manifest_sha256:
                self.broken(path, "signature_unbound", release=decision.release_id)
            if decision.by not in decision.reviewers:
                self.broken(path, "signature_unasked", by=decision.by)
            if entry.sha256 not in self.known.files.values():
                self.broken(path, "signature_unentered")

    def hash(self, paths: list[str], told: Callable[[int, int], None]) -> None:
        sizes = [(self.home.path / path).lstat().st_size for path in paths]
        done, total = 0, sum(sizes)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            for path, size, sha256 in zip(paths, sizes, pool.map(self.sha256, paths), strict=True):
                done += size
                told(done, total)
                if sha256 != self.expected[path]:
                    self.broken(path, "changed" if sha256 else "unreadable")

    def sha256(self, path: str) -> str:
        file = self.home.path / path
        try:
            return "" if file.is_symlink() else chain.sha256_of(file)
        except OSError:
            return ""


def verify(home: Home, anchor: str = "", told: Callable[[int, int], None] = lambda _done, _total: None) -> Verification:
    """Recompute everything. ``anchor`` is the hash of an entry noted earlier; ``told`` gets bytes hashed and bytes to hash."""
    verifier = _Verifier(home)
    verifier.read_chain(anchor)
    verifier.expect_ledger()
    verifier.expect_releases()
    verifier.check_signatures()
    verifier.check_files(told)
    found = verifier.found
    order = {path: number for number, path in enumerate(verifier.expected)}
    found.breaks = sorted(dict.fromkeys(found.breaks), key=lambda b: order.get(b.path, len(order)))
    if anchor and not found.has_anchor:
        found.breaks.append(Break("ledger/chain", _say("no_anchor", anchor=anchor)))
    return found
