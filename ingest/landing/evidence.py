"""Evidence (佐证): files that prove what a county states. They are kept by hash and never opened.

A mart knows of each its name, its hash and since when it lies there; the file itself stays in the archive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ingest.landing import archive, inventory
from ingest.schema.areas import area_prefix
from junheng.core.home import Home
from junheng.core.records import LandedFile
from junheng.core.typed import StrictModel, load

_SETTINGS = Path(__file__).with_name("evidence.yml")


class EvidenceSettings(StrictModel):
    """``evidence.yml``."""

    folders: tuple[str, ...]


@cache
def _folders() -> frozenset[str]:
    return frozenset(load(_SETTINGS, EvidenceSettings).folders)


def is_evidence(path: str) -> bool:
    """Whether a path of landing leads through a folder of evidence."""
    return not _folders().isdisjoint(path.split("/")[2:-1])


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
        }
