"""A home of an earlier version under this one: its figures stay, its releases can be read, nothing of it is lost.

The homes are made by ``tests/e2e/homes/make.sh COMMIT``: 4517049 is 0.1.0, 8b7ccf2 an earlier state.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import duckdb
import pytest

from junheng.core import chain
from junheng.core.home import Home
from publish.release.diff import difference
from publish.release.release import read_release
from publish.trust.verify import verify
from tests.e2e.nights import run, stray
from tests.e2e.schools import county, deliver

HOMES = sorted((Path(__file__).parent / "homes").glob("*.tar.xz"))
FIGURES = """
    select indicator_code, round(difference_coefficient::double, 6), pupils from marts.fct_county_indicator
    where ruleset_id = 'national-2017' and difference_limit is not null order by 1
"""
BACKBONE = 0.116642
"""L2 of schools with 6, 7 and 8 such teachers for 400 pupils each, by hand."""
CHANGES = ("landing", "ledger/chain", "published/current")


def figures(database: Path) -> list[tuple[str, float, int]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(FIGURES).fetchall()


def unpacked(archive: Path, folder: Path) -> Home:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="tar")
    return Home(folder)


def kept(home: Home) -> dict[str, str]:
    """Hash of every file that no later night may touch."""
    files = (path for path in home.path.rglob("*") if path.is_file() and path.relative_to(home.path).parts[0] != "landing")
    return {path.relative_to(home.path).as_posix(): chain.sha256_of(path) for path in files if not path.parent.is_symlink()}


@pytest.mark.parametrize("archive", HOMES, ids=lambda path: path.name.split(".")[0])
def test_a_home_of_an_earlier_version(archive: Path, tmp_path: Path) -> None:
    home = unpacked(archive, tmp_path / "home")
    (old,) = home.releases.iterdir()
    before, stated = kept(home), figures(read_release(old).database)
    assert [(code, coefficient) for code, coefficient, _ in stated if code == "L2"] == [("L2", BACKBONE)]

    deliver(home.landing, county("990102"))  # a second county: the night builds, and must not touch the first one's figures
    night = run(home.path, home.landing)
    assert night.code == 3, night.output
    assert night.release is not None
    assert night.release.release_id.startswith("r0002-")
    assert list(night.refusals()) == ["990101/2025/buses.csv"]
    assert figures(night.release.database) == sorted(stated * 2)
    assert verify(home).breaks == []
    assert stray(home) == []

    # nothing of the old version was rewritten: it finds its home when what is new is taken away
    assert {name: sha256 for name, sha256 in kept(home).items() if name in before} == before
    assert figures(read_release(old).database) == stated
    assert difference(read_release(old), night.release, most=3).tables
