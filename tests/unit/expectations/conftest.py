from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.expectations.nights import Nights


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path / "home [1]")  # a glob would read the brackets as a class
