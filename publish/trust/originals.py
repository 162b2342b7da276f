"""Archived originals, opened once and held against the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ingest.inspect.original import Original
from ingest.landing import archive
from ingest.shapes.contracts import load_contracts
from junheng.core.home import Home
from junheng.core.records import LandedFile


@dataclass(frozen=True)
class File:
    """An archived original that is in force for the school."""

    submission_id: str
    sha256: str
    name: str
    delivery_night: int


class Altered(RuntimeError):
    """The archived original is not what the ledger says."""

    def __init__(self, file: File) -> None:
        super().__init__(file.name)
        self.what = f"sha256 ≠ {file.sha256[:16]}"


def open_original(home: Home, file: File, contract: str, opened: dict[str, Original]) -> Original:
    """The archived original as it is read through its contract, opened once. Raises Altered."""
    key = f"{file.submission_id} {contract}"
    if key not in opened:
        path = archive.path_of(home, file.sha256)
        data = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise Altered(file)
        area, _, rest = file.name.partition("/")
        year = rest.partition("/")[0]
        landed = LandedFile(file.name, len(data), area, int(year) if year.isdecimal() else None, file.sha256)
        opened[key] = Original(data, {known.id: known for known in load_contracts()}[contract], landed)
    return opened[key]
