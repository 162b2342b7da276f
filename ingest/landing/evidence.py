"""Evidence (佐证): files that prove what a county states. They are kept by hash and never opened.

A mart knows of each its name, its hash, since when it lies there, what its path says that it is for and until when it holds;
the file itself stays in the archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from ingest.landing import archive, inventory
from ingest.schema.areas import area_prefix
from ingest.values.persons import MASK
from ingest.values.quotes import file_label
from junheng.core.home import Home
from junheng.core.records import LandedFile
from junheng.core.typed import StrictModel, load

_SETTINGS = Path(__file__).with_name("evidence.yml")


class EvidenceSettings(StrictModel):
    """``evidence.yml``."""

    folders: tuple[str, ...]
    separators: str
    expiry: tuple[str, ...]


class PathLabels(NamedTuple):
    """What the path of a file of evidence says of it."""

    labels: str
    """Words that may be the code or the name of what it is for, parted by ``;``: whether they are, only the marts know."""
    valid_until: str | None
    """Day (ISO)."""


@cache
def _settings() -> EvidenceSettings:
    return load(_SETTINGS, EvidenceSettings)


@cache
def _folders() -> frozenset[str]:
    return frozenset(_settings().folders)


def is_evidence(path: str) -> bool:
    """Whether a path of landing leads through a folder of evidence."""
    return not _folders().isdisjoint(path.split("/")[2:-1])


def path_labels(path: str) -> PathLabels:
    """What stands in the names of the folders below that of evidence, and in the name of the file itself.

    Of several days the last one named holds; what is no day of the calendar stays a word.
    A word with a number or an address of a person is none.
    """
    *folders, name = path.split("/")
    below = next((place for place, folder in enumerate(folders) if place > 1 and folder in _folders()), len(folders) - 1)
    words: dict[str, None] = {}
    valid_until = None
    for part in (*folders[below + 1 :], PurePosixPath(name).stem):
        rest, day = _without_day(part)
        valid_until = day or valid_until
        split = re.split(rf"[\s{re.escape(_settings().separators)}]+", file_label(rest))
        words |= dict.fromkeys(word for word in split if word and MASK not in word)
    return PathLabels(";".join(words), valid_until)


def _without_day(name: str) -> tuple[str, str | None]:
    """A name without the words that say until when, and that day."""
    for pattern in _settings().expiry:
        for match in re.finditer(pattern, name):
            try:
                day = date(*(int(match[part]) for part in ("year", "month", "day")))
            except ValueError:
                continue
            return name.replace(match[0], " "), day.isoformat()
    return name, None


def kept(
    home: Home, landing: Path, files: Iterable[LandedFile], before: Iterable[dict[str, Any]], night: int
) -> Iterator[dict[str, Any]]:
    """Put the files into the archive; rows of the inventory of those that lie there whole.

    ``before``: rows of the last inventory. A file that changes while it is copied is left for the next night.
    """
    since = {(row["path"], row["sha256"]): row["since"] for row in before if row.get("is_evidence")}
    for file in files:
        try:
            archive.store(home, landing / file.path, file.sha256)
        except (archive.FileChanged, OSError):
            continue
        row = inventory.lying(file)
        yield row | {
            "submission_id": inventory.id_of_copy(file),
            "is_evidence": True,
            "area_prefix": area_prefix(file.area_code or ""),
            "since": since.get((row["path"], row["sha256"]), night),
            **path_labels(file.path)._asdict(),
        }
