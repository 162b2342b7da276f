"""The archive: originals by hash, read-only."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from junheng.home import Home

_BLOCK = 1 << 20


class FileChanged(RuntimeError):
    """The file is not what was hashed: it changed while the night was working."""


def path_of(home: Home, sha256: str) -> Path:
    """Where the original with this hash lies."""
    return home.archive / sha256[:2] / sha256


def store(home: Home, file_path: Path, sha256: str) -> Path:
    """Copy a file into the archive, atomically and verified; return its place. Known bytes are not stored again.

    Raises FileChanged when the bytes do not have this hash.
    """
    target = path_of(home, sha256)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{sha256}.{os.getpid()}.tmp")
    digest = hashlib.sha256()
    try:
        with open(file_path, "rb") as original, open(temporary, "wb") as copy:
            while block := original.read(_BLOCK):
                digest.update(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        if digest.hexdigest() != sha256:
            raise FileChanged(str(file_path))
        temporary.chmod(0o444)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target
