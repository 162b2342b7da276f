"""What several test processes only look at is made once: by the process that asks first, while the others wait."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> T:
    """What ``make`` returns for a folder of its own, the same for every process of this test run.

    The result must be picklable and nobody may change what lies in the folder: a test that does copies it. What fails is not
    kept: the next process tries again, in an empty folder.
    """
    base = factory.getbasetemp()
    root = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    kept = root / f"shared-{name}.pickle"
    with open(root / f"shared-{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            made = make(factory.mktemp(name))
            unfinished = kept.with_suffix(".part")
            unfinished.write_bytes(pickle.dumps(made))
            unfinished.rename(kept)
        found: T = pickle.loads(kept.read_bytes())
        return found
