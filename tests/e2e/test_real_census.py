"""The published census of a state, all its columns, where it lies beside the project (``../shared/realdata``).

It is not part of the project: ``tests/inep.py`` makes files of its layouts, and every test but these reads those. Whether the
published files lay there is said at the end of each run (tests/conftest.py).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests import inep
from tests.e2e.nights import ROOT, Night, query, run

REAL = ROOT.parent / "shared" / "realdata" / "alagoas"
OPTIONS = ("--ruleset", "alagoas-demo")
SECONDS = 800
"""A night over three files of 370 columns."""

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the published census lies not in ../shared/realdata/alagoas")


def _deliver(landing: Path, year: int) -> None:
    folder = landing / inep.STATE / str(year)
    folder.mkdir(parents=True)
    shutil.copy(REAL / inep.file_name(year), folder)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = tmp_path_factory.mktemp("real")
    for year in inep.WHOLE_YEARS:
        _deliver(folder / "landing", year)
    return run(folder / "home", folder / "landing", *OPTIONS, timeout=SECONDS)


def test_all_municipalities_of_three_years_agree_with_the_published_reference(night: Night) -> None:
    assert night.code == 0, night.output
    reference = json.loads((REAL / "reference.json").read_text(encoding="utf-8"))["years"]
    rows = query(night, "select * from marts.fct_county_indicator where indicator_code = 'T1'")
    figures = {(str(row["school_year"]), row["county_code"]): row for row in rows}
    expected = {(year, code): values for year, counties in reference.items() for code, values in counties.items()}
    assert len(expected) == 306
    assert figures.keys() == expected.keys()
    for key, values in expected.items():
        row = figures[key]
        assert (row["school_count"], row["pupils"]) == (values["schools"], values["pupils"]), key
        assert float(row["county_mean"]) == pytest.approx(values["per100"], abs=1e-6), key
        assert float(row["difference_coefficient"]) == pytest.approx(values["cv_weighted"], abs=1e-6), key


def test_every_row_of_the_published_files_is_a_school(night: Night) -> None:
    rows = query(night, "select school_year, count(*) as schools from marts.dim_school group by school_year order by school_year")
    lines = [len((REAL / inep.file_name(year)).read_bytes().splitlines()) - 1 for year in inep.WHOLE_YEARS]
    assert [row["schools"] for row in rows] == lines


def test_the_file_of_one_municipality_is_not_the_census_of_the_state(night: Night) -> None:
    landing = night.home.path.parent / "landing"
    _deliver(landing, inep.PARTIAL_YEAR)
    after = run(night.home.path, landing, *OPTIONS, timeout=SECONDS)
    assert after.code == 3, after.output
    (line,) = after.refusals().values()
    assert "2022" in line
    assert "102" in line
