"""Another country's census by YAML and seed rows alone (tests/inep.py): a file covers an area of 102 counties."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import inep
from tests.e2e.nights import Night, query, run

OPTIONS = ("--ruleset", "alagoas-demo")


def _deliver(landing: Path, year: int) -> None:
    folder = landing / inep.STATE / str(year)
    folder.mkdir(parents=True)
    (folder / inep.file_name(year)).write_bytes(inep.file_of(year))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = tmp_path_factory.mktemp("alagoas")
    for year in inep.WHOLE_YEARS:
        _deliver(folder / "landing", year)
    return run(folder / "home", folder / "landing", *OPTIONS)


def test_all_municipalities_of_three_years_agree_with_the_reference(night: Night) -> None:
    assert night.code == 0, night.output
    reference = {str(year): inep.reference(year) for year in inep.WHOLE_YEARS}
    rows = query(night, "select * from marts.fct_county_indicator where indicator_code = 'T1'")
    found = {(str(row["school_year"]), row["county_code"]): row for row in rows}
    expected = {(year, code): values for year, counties in reference.items() for code, values in counties.items()}
    assert len(expected) == 306
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        row = found[key]
        assert row["school_count"] == values["schools"], key
        assert row["pupils"] == values["pupils"], key
        assert float(row["county_mean"]) == pytest.approx(values["per100"], abs=1e-6), key
        assert float(row["difference_coefficient"]) == pytest.approx(values["cv_weighted"], abs=1e-6), key
        assert row["verdict"] is None, "a rule set without a limit gives no verdict"


def test_the_partial_file_is_refused_and_the_earlier_years_are_still_served(night: Night, tmp_path: Path) -> None:
    before = query(night, "select * from marts.fct_county_indicator order by all")
    landing = night.home.path.parent / "landing"
    _deliver(landing, inep.PARTIAL_YEAR)
    after = run(night.home.path, landing, *OPTIONS)
    assert after.code == 3, after.output
    (line,) = after.refusals().values()
    assert "2022" in line
    assert "102" in line
    assert query(after, "select * from marts.fct_county_indicator order by all") == before
