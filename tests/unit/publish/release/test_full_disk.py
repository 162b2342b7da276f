"""The disk is full at any write of a publication: readers keep what they had, the next one ends well and leaves nothing."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from junheng.core.home import Home
from publish.release.release import read_current
from publish.trust.verify import verify
from tests.unit.publish.fake_marts import Shape
from tests.unit.publish.release.test_release import names, publish

_SYNC = os.fsync
SHARES = (0.0, 0.5, 0.95, 1.0)
"""How far a publication comes, as a share of what it writes."""


@contextmanager
def full_after(writes: float) -> Iterator[list[int]]:
    """The disk takes so many files and folders and no more; how many were tried."""
    tried = [0]

    def sync(handle: int) -> None:
        tried[0] += 1
        if tried[0] > writes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _SYNC(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", sync)
        yield tried


def test_full_at_any_write_of_a_publication(home: Home, manifest: Path) -> None:
    with full_after(float("inf")) as tried:
        before = publish(home, manifest)
    for seed, share in enumerate(SHARES, 20):
        shape = Shape(seed=seed)
        with full_after(int(share * (tried[0] - 1))), pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            publish(home, manifest, shape)
        seen = read_current(home)
        assert verify(home).breaks == [], share
        after = publish(home, manifest, shape)
        assert seen is not None
        assert seen.release_id in (before.release_id, after.release_id), share
        assert home.current.resolve() == after.path
        assert names(home.published) == {"releases", "current"}, share
        assert not [path for path in home.path.rglob(".*") if path.name not in (".lock", ".lease")], share
        before = after
    assert len(names(home.releases)) == len(SHARES) + 1
