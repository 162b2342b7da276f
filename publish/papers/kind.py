"""A kind of paper: what it is called, which marts it reads, who may see it, and how it is written for a county."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from junheng.core.home import Home
from publish.tables.reading import CountyYear

Papers = dict[str, bytes]
"""Contents by file name. The same marts give the same bytes: nothing but ``created_at`` of the foot says when it is."""


@dataclass(frozen=True)
class PaperContext:
    """What a paper is written with beside the marts."""

    home: Home
    foot: Mapping[str, str]
    """What the foot of each page says of the release (``release``, ``state``) and when it was made (``created_at``)."""


def _no_files(_home: Home) -> tuple[Path, ...]:
    return ()


@dataclass(frozen=True)
class PaperKind:
    """A kind of paper. It sees no other mart than those it names: so it is known when it has to be written anew."""

    name: str
    tables: tuple[str, ...]
    """Marts that it reads."""
    write: Callable[[duckdb.DuckDBPyConnection, CountyYear, PaperContext], Papers]
    """Papers of a county; none where there is nothing to say."""
    is_restricted: bool = False
    """It names officials: it lies in the restricted part of the release. The others name posts."""
    files_read: Callable[[Home], tuple[Path, ...]] = _no_files
    """Files of the home that it reads, there or not."""
    is_dated: bool = False
    """It counts days from the one on which it is written: on another day it is written anew."""
