"""Landing: find every file below ``<area_code>/<school_year>/`` and account for whatever lies elsewhere."""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from ingest.faults import Refusal
from junheng.records import LandedFile, ParseResult

_IGNORED_NAMES = {"thumbs.db", "desktop.ini", "__macosx", "$recycle.bin", "system volume information"}
_IGNORED_SUFFIXES = (".tmp", ".part", ".crdownload")
_AREA = re.compile(r"[0-9]{2,12}")
_YEAR = re.compile(r"(?:19|20|21)[0-9]{2}")
_BLOCK = 1 << 20


def scan(landing: Path, school_years: set[int] | None = None) -> tuple[list[LandedFile], list[ParseResult]]:
    """List the files of landing in path order, with their hashes, and what had to be refused unread.

    With ``school_years`` the folders of other years are not entered. Raises OSError when landing itself cannot be read.
    """
    root = Path(landing).resolve(strict=True)
    files: list[LandedFile] = []
    refused: list[ParseResult] = []
    for path, refusal in _walk(root, root, school_years):
        relative = path.relative_to(root).as_posix()
        if refusal is None:
            try:
                files.append(_landed(path, relative))
                continue
            except OSError as error:
                refusal = Refusal("unreadable_file", path=relative, detail=error.strerror or type(error).__name__)
        refused.append(_result(relative, refusal))
    return files, refused


def _ignored(name: str) -> bool:
    lower = name.casefold()
    return name.startswith(("~$", ".")) or lower in _IGNORED_NAMES or lower.endswith(_IGNORED_SUFFIXES)


def _walk(root: Path, folder: Path, years: set[int] | None) -> Iterator[tuple[Path, Refusal | None]]:
    """Yield every entry that counts, with the reason where it cannot be read as a file."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        if folder == root:
            raise
        detail = error.strerror or type(error).__name__
        yield folder, Refusal("unreadable_folder", path=_shown(root, folder), detail=detail)
        return
    for name in names:
        path = folder / name
        if _ignored(name):
            continue
        if name.encode(errors="surrogateescape").decode(errors="replace") != name:
            yield path, Refusal("bad_file_name", path=_shown(root, path))
            continue
        try:
            mode = path.lstat().st_mode
            leads_out = stat.S_ISLNK(mode) and not (path.is_file() and path.resolve().is_relative_to(root))
        except OSError as error:
            yield path, Refusal("unreadable_file", path=_shown(root, path), detail=error.strerror or "")
            continue
        if leads_out:
            yield path, Refusal("outside_landing", path=_shown(root, path))
        elif stat.S_ISDIR(mode):
            parts = path.relative_to(root).parts
            if len(parts) == 2 and years is not None and _YEAR.fullmatch(name) and int(name) not in years:
                continue
            yield from _walk(root, path, years)
        elif not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            yield path, Refusal("not_a_file", path=_shown(root, path))
        else:
            parts = path.relative_to(root).parts
            placed = len(parts) > 2 and _AREA.fullmatch(parts[0]) and _YEAR.fullmatch(parts[1])
            yield path, None if placed else Refusal("outside_shape", path=_shown(root, path))


def _shown(root: Path, path: Path) -> str:
    return _printable(path.relative_to(root).as_posix())


def _printable(text: str) -> str:
    return text.encode(errors="surrogateescape").decode(errors="replace")


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
    name = _printable(relative)
    return ParseResult(
        submission_id=hashlib.sha256(relative.encode(errors="surrogateescape")).hexdigest()[:16],
        sha256="",
        file_name=name,
        area_code=area,
        folder_school_year=year,
        faults=[refusal.fault],
        refused=True,
        reason=refusal.what,
        fix=refusal.fix,
    )
