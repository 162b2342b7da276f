from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.county import generate
from samples.landing import write_landing
from tests.e2e.browser import Browser
from tests.e2e.nights import Night, run
from tests.sharing import shared


@pytest.fixture(scope="session")
def sample_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Landing folder of the sample county; nobody changes it."""

    def make(folder: Path) -> Path:
        write_landing(generate(), folder / "landing")
        return folder / "landing"

    return shared(tmp_path_factory, "sample", make)


@pytest.fixture(scope="session")
def sample_night(sample_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """One undisturbed night over the sample county, without a network; nobody changes its home."""
    return shared(tmp_path_factory, "sample-home", lambda folder: run(folder / "home", sample_landing))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all pages that a process opens."""
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="session")
def release(sample_night: Night) -> Path:
    """The release of the sample night."""
    assert sample_night.release is not None
    return sample_night.release.path
