"""Modules that a library imports whole and seldom uses: they run when they are first used, and not at all in most processes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec
from types import ModuleType

SELDOM_USED = ("altair", "scipy", "scipy.stats")
"""Of Great Expectations: charts of profiles, and two expectations on distributions that no catalogue has."""


class _Finder(MetaPathFinder):
    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._names:
            return None
        self._names.discard(name)  # asked again below, the next finder answers
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def postpone(names: Iterable[str] = SELDOM_USED) -> None:
    """Let each of these modules run at its first use instead of at its import; what is imported already stays as it is."""
    sys.meta_path.insert(0, _Finder(name for name in names if name not in sys.modules))
