"""How far long work has come. It is told to whoever listens in this process, and to nobody elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[int, int], None]
"""Gets how much is done and how much there is to do."""

_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let ``listener`` know how far work comes meanwhile."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell(done: int, total: int) -> None:
    """Say how far the work at hand has come."""
    for listener in _listeners:
        listener(done, total)
