from __future__ import annotations

from pathlib import Path

import pytest

from junheng.core.home import Home
from tests.unit.publish.fake_home import make_home
from tests.unit.publish.fake_marts import write_manifest


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "home [1]")  # a glob would read the brackets as a class


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return write_manifest(tmp_path / "manifest.json")
