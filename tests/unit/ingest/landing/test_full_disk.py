"""The disk of the home is full at any write of a night: nothing is lost or taken for true by half, the next night ends well."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from ingest.landing import inventory
from ingest.landing.workers import WorkFailed
from junheng.core.ledger import Ledger
from publish.trust.verify import verify
from tests.unit.ingest.made import FOLDER, World, census

FILES = {f"{FOLDER}/a.csv": census(), f"{FOLDER}/佐证/b.pdf": b"%PDF-1.7"}
FULL = os.strerror(errno.ENOSPC)
_SYNC = os.fsync


@contextmanager
def full_after(writes: int) -> Iterator[None]:
    """The disk takes so many files of this process, and of each that reads files for it, and no more."""
    tried = 0

    def sync(handle: int) -> None:
        nonlocal tried
        tried += 1
        if tried > writes:
            os.ftruncate(handle, os.fstat(handle).st_size // 2)
            raise OSError(errno.ENOSPC, FULL)
        _SYNC(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        yield


def ends(world: World) -> bool:
    """Whether a night ends; else it says that the disk is full."""
    try:
        world.night()
    except (OSError, WorkFailed) as error:
        if FULL not in str(error):
            raise
        return False
    return True


def test_full_at_any_write(tmp_path: Path) -> None:
    for writes in count():
        world = World(tmp_path / str(writes))
        for name, content in FILES.items():
            world.put(name, content)
        with full_after(writes):
            is_enough = ends(world)
        assert is_enough or ends(world)
        judged = inventory.latest_judgements(Ledger(world.home))
        assert [(row["file_name"], row["status"]) for row in judged.values()] == [(f"{FOLDER}/a.csv", "accepted")], writes
        for content in FILES.values():
            assert world.home.original(hashlib.sha256(content).hexdigest()).read_bytes() == content, writes
        assert verify(world.home).breaks == [], writes
        left = [*world.home.path.rglob(".*.tmp"), *world.home.ledger.glob(".open-*")]
        assert left == [], writes
        if is_enough:
            break
    assert writes > 8
