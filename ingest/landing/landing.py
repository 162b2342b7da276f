"""Landing: find every file below ``<area_code>/<school_year>/`` and account for whatever lies elsewhere."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ingest.landing import envelope, evidence, returned
from ingest.landing.ignored import ignored
from ingest.readers.reply import Member
from ingest.values.causes import cause
from ingest.values.faults import Refusal, refuse
from ingest.values.quotes import file_label
from junheng.core.records import LandedFile, ParseResult

_AREA = re.compile(r"[0-9]{2,12}")
_YEAR = re.compile(r"(?:19|20|21)[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BLOCK = 1 << 20
_HEAD = 64


class Landing(NamedTuple):
    """What lies in landing."""

    files: list[LandedFile]
    """Deliveries, in path order: files, and the members of envelopes."""
    refused: list[ParseResult]
    """What had to be refused unread."""
    envelopes: list[LandedFile]
    """Envelopes whose members are in ``files`` or ``refused``; they are no deliveries themselves."""
    evidence: list[LandedFile]
    """Files below a folder of evidence: never opened."""


def scan(landing: Path, school_years: set[int] | None = None, original: returned.OriginalPlace | None = None) -> Landing:
    """List the files of landing with their hashes. An envelope that cannot be opened is a delivery, to be refused as one.

    ``original``: where the archive keeps a file, for what is delivered on a 退回单; without it those are read as any file.
    With ``school_years`` the folders of other years are not entered. Raises OSError when landing itself cannot be read.
    """
    root = Path(landing).resolve(strict=True)
    contents = Landing([], [], [], [])
    for path, refusal in _walk(root, school_years):
        relative = path.relative_to(root).as_posix()
        if refusal is None:
            try:
                file = _landed(path, relative)
                if evidence.is_evidence(relative):
                    contents.evidence.append(file)
                    continue
                members = _members(path, file, original)
            except OSError as error:
                refusal = Refusal("unreadable_file", path=_shown(root, path), detail=cause(error))
            else:
                _enter(contents, file, members)
                continue
        contents.refused.append(_result(relative, refusal))
    return contents


def listed(landing: Path) -> set[tuple[str, int | None]]:
    """Name and size of everything that lies there, unread; no size where nothing is to be read. Raises OSError."""
    root = Path(landing).resolve(strict=True)
    return {(_shown(root, path), None if refusal else path.stat().st_size) for path, refusal in _walk(root, None)}


def readable(landing: Path) -> Iterator[Path]:
    """Every file of a delivery that lies there, unread. Raises OSError where landing cannot be listed."""
    root = Path(landing).resolve(strict=True)
    return (path for path, refusal in _walk(root, None) if not refusal)


def _members(path: Path, file: LandedFile, original: returned.OriginalPlace | None) -> list[Member] | None:
    """Members of an envelope or of a 退回单; None for a file that is to be read as it is, be it to be refused."""
    if original is not None and returned.may_be(path.name) and file.size <= envelope.MAX_BYTES:
        delivered = returned.members(path.read_bytes(), original, path.name)
        if delivered is not None:
            return delivered
    with open(path, "rb") as handle:
        if not envelope.may_be_envelope(handle.read(_HEAD)) or file.size > envelope.MAX_BYTES:
            return None
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != file.sha256:
        return None
    try:
        return envelope.members(data)
    except Refusal:
        return None


def _enter(landing: Landing, file: LandedFile, members: list[Member] | None) -> None:
    if members is None:
        landing.files.append(file)
        return
    landing.envelopes.append(file)
    for member in members:
        if member.rule:
            landing.refused.append(refused_member(file.path, member))
        else:
            path = _member_path(file.path, member)
            landing.files.append(replace(file, path=path, size=member.size, sha256=member.sha256))


def refused_member(path: str, member: Member) -> ParseResult:
    """The refusal of a member that breaks a rule; ``path`` is that of its envelope."""
    refusal = Refusal(member.rule, path=file_label(_printable(member.name)), detail=member.detail)
    return _result(_member_path(path, member), refusal)


def _member_path(path: str, member: Member) -> str:
    return _printable(f"{path}{envelope.MARK}{member.name}")


def _walk(root: Path, years: set[int] | None) -> Iterator[tuple[Path, Refusal | None]]:
    """Yield every entry that counts, in the order of their paths, with the reason where it cannot be read as a file.

    Folders may lie in each other as deep as the system lets them.
    """
    todo = [iter(_entries(root))]
    while todo:
        path = next(todo[-1], None)
        if path is None:
            todo.pop()
            continue
        entries = _judged(root, path, years)
        if entries != _FOLDER:
            yield from entries
            continue
        try:
            todo.append(iter(_entries(path)))
        except OSError as error:
            yield path, Refusal("unreadable_folder", path=_shown(root, path), detail=cause(error))


def _entries(folder: Path) -> list[Path]:
    return [folder / name for name in sorted(path.name for path in folder.iterdir()) if not ignored(name)]


_Found = list[tuple[Path, Refusal | None]]
_FOLDER: _Found = [(Path(), None)]
"""In the place of what was found: a folder to look into."""


def _judged(root: Path, path: Path, years: set[int] | None) -> _Found:
    """An entry with the reason where it cannot be read as a file, nothing where it does not count, or ``_FOLDER``."""
    if path.name.encode(errors="surrogateescape").decode(errors="replace") != path.name:
        return [(path, Refusal("bad_file_name", path=_shown(root, path)))]
    try:
        mode = path.lstat().st_mode
        leads_out = stat.S_ISLNK(mode) and not (path.is_file() and path.resolve().is_relative_to(root))
    except OSError as error:
        return [(path, Refusal("unreadable_file", path=_shown(root, path), detail=cause(error)))]
    if leads_out:
        return [(path, Refusal("outside_landing", path=_shown(root, path)))]
    parts = path.relative_to(root).parts
    if stat.S_ISDIR(mode):
        is_left_out = len(parts) == 2 and years is not None and _YEAR.fullmatch(path.name) and int(path.name) not in years
        return [] if is_left_out else _FOLDER
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        return [(path, Refusal("not_a_file", path=_shown(root, path)))]
    placed = len(parts) > 2 and _AREA.fullmatch(parts[0]) and _YEAR.fullmatch(parts[1])
    return [(path, None if placed else Refusal("outside_shape", path=_shown(root, path)))]


def _shown(root: Path, path: Path) -> str:
    return file_label(_printable(path.relative_to(root).as_posix()))


def _printable(text: str) -> str:
    return _CONTROL.sub("\ufffd", text.encode(errors="surrogateescape").decode(errors="replace"))


def _landed(path: Path, relative: str) -> LandedFile:
    digest = hashlib.sha256()
    size = 0
    with open(path, "rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
            size += len(block)
    area, year, _ = relative.split("/", 2)
    return LandedFile(path=relative, size=size, area_code=area, school_year=int(year), sha256=digest.hexdigest())


def _result(relative: str, refusal: Refusal) -> ParseResult:
    """A refusal of something that was never read; its id comes from the path."""
    parts = relative.split("/")
    area = parts[0] if _AREA.fullmatch(parts[0]) else None
    year = int(parts[1]) if len(parts) > 1 and _YEAR.fullmatch(parts[1]) else None
    name = file_label(_printable(relative))
    id_of_path = hashlib.sha256(relative.encode(errors="surrogateescape")).hexdigest()[:16]
    return refuse(ParseResult(id_of_path, "", name, area, year), refusal)
