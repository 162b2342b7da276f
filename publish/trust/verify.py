"""Recompute the chain: every file of a home's kept places against what the chain says of it.

Nothing is written, and nothing that lies there ends it. What a killed run left unfinished, what was published before the chain
began and what was entered late is told as a notice; everything else that is not as the chain says is a break. Breaks come in the
order of the chain.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from junheng.core import chain
from junheng.core.home import Home, is_staged, staged_name
from publish.build import issues
from publish.release import signature
from publish.release.succession import MANIFEST, TEMPORARY, follows, night_digests
from publish.words.texts import texts

_KILLED = re.compile(r"ledger/\.open-\d+/.*|published/(releases/)?\.tmp-.*", re.DOTALL)
"""What killed runs leave and the next one removes."""
_PLACES = ("published", "archive", "ledger", "bronze", "quarantine")
_ROWS = ("bronze/", "quarantine/")
_OUTSIDE = ("published/dispatch/", "published/metrics/")
"""Papers of the meetings, and figures for monitoring: written anew, and part of no release."""
_WORTH_THREADS = 1 << 20
"""So many bytes are hashed in the time that it takes to hand their files to threads."""
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
        self.verification = Verification()
        self.known = chain.Known()
        self.expected: dict[str, str] = {}
        """Hash by path below the home, in the order of the chain."""
        self.nights: dict[int, str] = {}
        """Digest of every night, by what the chain says of its files."""
        self.unjudged: list[str] = []
        """Prefixes of paths below which nothing can be said, because what says it is broken or comes with the next night."""
        self.unfinished: dict[str, set[str]] = {}
        """What else files may hold until the next night: hashes by path below the home, empty for none at all."""

    def broken(self, path: Path | str, key: str, **values: object) -> None:
        shown = path if isinstance(path, str) else path.relative_to(self.home.path).as_posix()
        self.verification.breaks.append(Break(shown, _say(key, **values)))

    def notice(self, key: str, **values: object) -> None:
        self.verification.notices.append(_say(key, **values))

    def read_chain(self, anchor: str) -> None:
        for path, entry, reason in chain.of_home(self.home).judged():
            self.expected[path.relative_to(self.home.path).as_posix()] = path.stem.split("-")[1]
            if reason:
                self.broken(path, reason)
                self.known.is_whole = False
            if entry is None:
                self.unjudged.append("")
                continue
            self.known.take(entry)
            self.verification.entries += 1
            self.verification.head = entry.sha256
            self.verification.has_anchor |= entry.sha256 == anchor
        for entry in self.known.recovered:
            night = entry.body.get("night")
            subject = entry.body.get("release_id") or (night and _say("night", night=night))
            self.notice("recovered", subject=subject or "、".join(entry.body.get("files", {})))
        if self.known.has_adopted_rows:
            self.notice("adopted_rows")

    def await_nights(self) -> None:
        """What a killed run left without its entry: nights, a release, events. The next night enters them."""
        if not self.known.is_whole or not (self.verification.entries or self.is_first_night()):
            return
        sealed = [int(path.split("/")[2]) for path in self.known.files if re.match(r"ledger/nights/[0-9]{1,18}/", path)]
        for folder in chain.night_folders(self.home):
            if int(folder.name) > max(sealed, default=0):
                self.await_rows(folder)
                self.wait_for(folder, "night", night=int(folder.name))
        for folder in sorted(self.home.releases.glob("r[0-9]*")):
            if not folder.is_symlink() and follows(self.known, folder):
                self.wait_for(folder, "release", release=folder.name)
        for path in issues.unsealed(self.home, self.known.files):
            self.wait_for(path, "events", file=path.name)
        adopted = all((folder / chain.ROWS).exists() for folder in self.home.nights.glob("[0-9]*"))
        if not adopted and not self.known.has_adopted_rows:
            self.unjudged += [*_ROWS, f"ledger/{chain.ADOPTED_ROWS}"]
            self.notice("rows_before_chain")

    def is_first_night(self) -> bool:
        """Whether there is nothing but a night: the chain begins with the next one, and nothing was published."""
        return len(list(self.home.nights.glob("[0-9]*"))) == 1 and not list(self.home.releases.glob("r[0-9]*"))

    def may_be(self, files: dict[str, str]) -> None:
        """Files of a removed release, removed originals: the removal was killed, and the next night ends it."""
        for path, sha256 in files.items():
            self.unfinished.setdefault(path, set()).add(sha256)

    def wait_for(self, path: Path, key: str, **values: object) -> None:
        below = path.relative_to(self.home.path).as_posix()
        self.unjudged.append(f"{below}/" if path.is_dir() else below)
        self.notice("awaited", subject=_say(key, **values))

    def await_rows(self, folder: Path) -> None:
        """Files of bronze and quarantine that a night without its entry replaces, or has replaced already."""
        try:
            rows = chain.rows_of(folder)
        except ValueError:
            return
        for path, sha256 in rows.items():
            self.unfinished.setdefault(path, set()).add(sha256 or "")

    def expect_ledger(self) -> None:
        self.expected |= self.known.files
        for sha256 in self.known.originals:
            self.expected[self.home.original(sha256).relative_to(self.home.path).as_posix()] = sha256
        self.may_be(
            {self.home.original(sha256).relative_to(self.home.path).as_posix(): sha256 for sha256 in self.known.removed_originals}
        )

    def expect_releases(self) -> None:
        self.nights = night_digests(self.known.files)
        self.may_be(self.known.removed_files)
        for release_id, files in self.known.adopted.items():
            self.verification.notices.append(_say("adopted", release=release_id))
            self.expected |= {f"published/releases/{release_id}/{path}": sha256 for path, sha256 in files.items()}
        for release_id, body in self.known.releases.items():
            folder = self.home.releases / release_id
            path = folder / MANIFEST
            below = f"published/releases/{release_id}/"
            self.expected[f"{below}{MANIFEST}"] = body["manifest_sha256"]
            if folder.is_symlink() or self.sha256(f"{below}{MANIFEST}") != body["manifest_sha256"]:
                self.unjudged.append(below)
                continue
            try:
                manifest = chain.parsed(chain.read_regular(path))
                files = {f"{below}{name}": sha256 for name, sha256 in chain.files_of(manifest["files"]).items()}
                if release_id in self.known.removed:
                    self.may_be(files)
                else:
                    self.expected |= files
                self.check_manifest(path, manifest)
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                self.broken(path, "manifest_unreadable")
                self.unjudged.append(below)

    def check_manifest(self, path: Path, manifest: chain.Body) -> None:
        """What a manifest says of the release before it and of the nights it was made from."""
        before = manifest["previous"]
        if before is not None:
            adopted = self.known.adopted.get(before["release_id"], {}).get(MANIFEST)
            entered = self.known.releases.get(before["release_id"], {}).get("manifest_sha256")
            if before["manifest_sha256"] not in (adopted, entered) and self.known.is_whole:
                self.broken(path, "manifest_unlinked", release=before["release_id"])
        for night, digest in manifest["inputs"]["nights"].items():
            if self.nights.get(int(night)) != digest and self.known.is_whole:
                self.broken(path, "manifest_night", night=night)

    def present(self) -> Iterator[str]:
        """Files and links below the three places, by path below the home."""
        for place in _PLACES:
            for folder, folders, files in os.walk(self.home.path / place):
                at = Path(folder)
                links = [name for name in folders if (at / name).is_symlink()]
                for name in [*files, *links]:
                    yield (at / name).relative_to(self.home.path).as_posix()

    def check_files(self, progress: Callable[[int, int], None]) -> None:
        here = set(self.present()) - self.check_links()
        legacy = self.begun_without_chain()
        for path in [path for path in self.expected if path not in here]:
            self.judge(path, "", "became_folder" if (self.home.path / path).is_dir() else "missing")
        # a link is no file of a release, whatever it points to
        to_hash = [path for path in self.expected if path in here]
        for path in sorted(here - self.expected.keys()):
            original = _ORIGINAL.fullmatch(path)
            if _KILLED.fullmatch(path) or is_staged(path.rpartition("/")[2]):
                self.notice("left_by_killed", path=path)
            elif original:
                self.expected[path] = original[2]
                to_hash.append(path)
                if not legacy:
                    self.notice("unregistered", path=path)
            elif path in self.unfinished:
                self.judge(path, self.sha256(path), "unknown")
            elif not legacy and not path.startswith((*_OUTSIDE, *self.unjudged)):
                self.broken(path, "unknown")
        self.verification.files = len(to_hash)
        self.hash(to_hash, progress)

    def judge(self, path: str, sha256: str, key: str) -> None:
        """Name a file that is not as the chain says, unless the next night will put it right."""
        if sha256 in self.unfinished.get(path, ()) or self.is_staged(path):
            self.notice("unfinished", path=path)
        elif not any(entry.path == path for entry in self.verification.breaks):
            self.broken(path, key)

    def is_staged(self, path: str) -> bool:
        """Whether what the chain says of a file lies beside it: a run was killed before the rename."""
        file = self.home.path / path
        try:
            beside = [each for each in file.parent.glob(".*.tmp") if is_staged(each.name) and staged_name(each) == file.name]
        except OSError:
            return False
        wanted = self.expected.get(path)
        return any(self.sha256(each.relative_to(self.home.path).as_posix()) == wanted for each in beside)

    def begun_without_chain(self) -> bool:
        """Whether everything was published before there were chains; told as such."""
        if self.verification.entries or self.verification.breaks or self.unjudged:
            return False
        published = sorted(self.home.releases.glob("r[0-9]*"))
        nights = sorted(self.home.nights.glob("[0-9]*"))
        for path in [*(folder / MANIFEST for folder in published), *(folder / "night.json" for folder in nights)]:
            try:
                data = chain.parsed(chain.read_regular(path))
            except (OSError, ValueError):
                continue
            if "previous" in data or data.get("in_chain"):
                self.broken(self.home.ledger / "chain", "no_chain")
                return False
        self.verification.notices += [_say("before_chain", release=folder.name) for folder in published]
        return True

    def check_links(self) -> set[str]:
        """``published/current`` and ``published/signed``. Returns the links that may be there."""
        if not self.verification.entries and self.known.is_whole:
            return {"published/current"}
        may_be = set()
        for link, release_id in ((self.home.current, self.known.current), (self.home.signed, self.known.signed)):
            if release_id is None:
                continue
            may_be.add(link.relative_to(self.home.path).as_posix())
            wanted = Path(self.home.releases.name) / release_id
            target = link.readlink() if link.is_symlink() else None
            staged = self.home.published / f"{TEMPORARY}{link.name}"
            if target == wanted:
                continue
            if staged.is_symlink() and staged.readlink() == wanted:
                self.notice("unfinished", path=link.relative_to(self.home.path).as_posix())
            elif target is None:
                self.broken(link, "link_missing", release=release_id)
            else:
                self.broken(link, "link_moved", release=release_id, found=target)
        if not self.known.is_whole:
            may_be |= {link.relative_to(self.home.path).as_posix() for link in (self.home.current, self.home.signed)}
        return may_be

    def check_signatures(self) -> None:
        """The record's own chain, and that every decision is about a release as it was published, by one who was asked."""
        record = signature.record(self.home)
        entered_hashes = set(self.known.files.values())
        by_hash = {decision.sha256: decision for decision in signature.decisions(self.home)}
        for path, entry, reason in record.judged():
            if reason:
                self.broken(path, reason)
            if entry is None:
                self.expected.setdefault(path.relative_to(self.home.path).as_posix(), path.stem.split("-")[1])
                continue
            decision = by_hash[entry.sha256]
            entered = self.known.releases.get(decision.release_id, {})
            if entered.get("manifest_sha256") != decision.manifest_sha256 and self.known.is_whole:
                self.broken(path, "signature_unbound", release=decision.release_id)
            if decision.by not in decision.reviewers:
                self.broken(path, "signature_unasked", by=decision.by)
            if entry.sha256 not in entered_hashes and self.known.is_whole:
                self.broken(path, "signature_unentered", run=decision.run_id)

    def hash(self, paths: list[str], progress: Callable[[int, int], None]) -> None:
        sizes = [self.size(path) for path in paths]
        done, total = 0, sum(sizes)
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            hashes = pool.map(self.sha256, paths) if total > _WORTH_THREADS else map(self.sha256, paths)
            for path, size, sha256 in zip(paths, sizes, hashes, strict=True):
                done += size
                progress(done, total)
                if sha256 != self.expected[path]:
                    self.judge(path, sha256, "changed" if sha256 else self.why_unread(path))

    def why_unread(self, path: str) -> str:
        """What lies where a file should: a key of the texts."""
        try:
            mode = (self.home.path / path).lstat().st_mode
        except OSError:
            return "unreadable"
        if stat.S_ISLNK(mode):
            return "became_link"
        return "unreadable" if stat.S_ISREG(mode) else "became_special"

    def size(self, path: str) -> int:
        try:
            return (self.home.path / path).lstat().st_size
        except OSError:
            return 0

    def sha256(self, path: str) -> str:
        """Hash of a regular file that lies where its path says, through no link below its place; else nothing."""
        place, *parts = path.split("/")
        file = self.home.path / place
        try:
            for part in parts:
                file /= part
                if stat.S_ISLNK(file.lstat().st_mode):
                    return ""
            return chain.sha256_of(file)
        except (OSError, ValueError):
            return ""


def verify(home: Home, anchor: str = "", progress: Callable[[int, int], None] = lambda _done, _total: None) -> Verification:
    """Recompute everything. ``anchor`` is the hash of an entry noted earlier; ``progress`` gets bytes hashed and to be hashed."""
    verifier = _Verifier(home)
    verifier.read_chain(anchor)
    verifier.expect_ledger()
    verifier.expect_releases()
    verifier.await_nights()
    verifier.check_signatures()
    verifier.check_files(progress)
    verification = verifier.verification
    order = {path: number for number, path in enumerate(verifier.expected)}
    verification.breaks = sorted(dict.fromkeys(verification.breaks), key=lambda b: order.get(b.path, len(order)))
    if anchor and not verification.has_anchor:
        verification.breaks.append(Break("ledger/chain", _say("no_anchor", anchor=anchor)))
    return verification
