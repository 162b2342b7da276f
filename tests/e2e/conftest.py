from __future__ import annotations

from pathlib import Path

import pytest

from samples.county import generate
from samples.landing import write_landing
from tests.e2e.nights import Night, run


@pytest.fixture(scope="session")
def sample_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Landing folder of the sample county."""
    landing = tmp_path_factory.mktemp("sample") / "landing"
    write_landing(generate(), landing)
    return landing


@pytest.fixture(scope="session")
def sample_night(sample_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """One undisturbed night over the sample county, without a network."""
    return run(tmp_path_factory.mktemp("sample-home") / "home", sample_landing)
