"""Deliver bytes to a home and parse them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from junheng.core.home import Home
from junheng.core.records import ParseResult
from tests.unit.ingest.made import Desk, World


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return Desk(Home(tmp_path / "home").create(), folder)


@pytest.fixture
def rules_of() -> Callable[[ParseResult], set[str]]:
    return lambda result: {fault.rule for fault in result.faults}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)
