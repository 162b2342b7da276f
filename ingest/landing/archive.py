"""The archive: originals by hash, read-only."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import BinaryIO

from ingest.landing import envelope, returned
from ingest.values.faults import Refusal
from junheng.core.home import KEPT_FILE, Home

_BLOCK = 1 << 20


class FileChanged(RuntimeError):
    """The file is not what was hashed: it changed while the night was working."""


def path_of(home: Home, sha256: str) -> Path:
    """Where the original with this hash lies."""
    return home.original(sha256)


def store(home: Home, file_path: Path, sha256: str) -> Path:
    """Copy a file into the archive, atomically and verified; return its place. Known bytes are not stored again.

    Raises FileChanged when the bytes do not have this hash.
    """
    if path_of(home, sha256).exists():
        return path_of(home, sha256)
    with open(file_path, "rb") as original:
        return _store(home, original, sha256, str(file_path))


def store_landed(home: Home, landing: Path, path: str, sha256: str) -> Path:
    """The same for a path of landing, which may be that of a member of an envelope: its bytes are stored, by their hash."""
    member = envelope.member_of(landing, path)
    if member is None:
        return store(home, landing / path, sha256)
    if path_of(home, sha256).exists():
        return path_of(home, sha256)
    try:
        content = returned.read(member[0], home.original)
        content = envelope.read(*member) if content is None else content
    except Refusal as error:
        raise FileChanged(path) from error
    return _store(home, io.BytesIO(content), sha256, path)


def _store(home: Home, original: BinaryIO, sha256: str, shown: str) -> Path:
    target = path_of(home, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{sha256}.{os.getpid()}.tmp")
    digest = hashlib.sha256()
    try:
        with open(temporary, "wb") as copy:
            while block := original.read(_BLOCK):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            raise FileChanged(shown)
        temporary.chmod(KEPT_FILE)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target
