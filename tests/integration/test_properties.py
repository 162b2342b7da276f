"""Properties of the models themselves, with drawn counties: the compiled SQL of every model, run on one small database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from publish.tables.artifacts import read_manifest
from publish.tables.hashing import connection_content
from tests.oracle import build
from tests.oracle.compiled import CompiledProject, compiled
from tests.oracle.counties import COUNTIES

AMOUNTS = ("qualified_primary", "backbone_primary", "pe_art_primary", "multimedia_rooms")
DECIMALS = ("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "equipment_value_wan_yuan")
Row = dict[str, Any]


class Models:
    """All models of the dbt project as compiled SQL, rebuilt on new bronze in milliseconds."""

    def __init__(self, project: CompiledProject, folder: Path) -> None:
        self.project = project
        self.models = [statement for statement in project.statements if not statement.is_test]
        self.connection = duckdb.connect(str(build.make_build_db(folder, [school(1)])))
        project.lay_seeds(self.connection)

    def run(self, census: list[Row], mart: str | None = None) -> None:
        """Build the mart and what it is made of from this census; without one, every model."""
        rows = [{"_submission_id": "0000000000000001", "_row": number, **row} for number, row in enumerate(census, 2)]
        submissions = [build.submission("0000000000000001", rows_read=len(rows), rows_accepted=len(rows))]
        coverage = build.coverage_of(submissions, rows)
        for name, schema, content in (
            ("bronze.school_census", build.CENSUS, rows),
            ("ledger.submissions", build.SCHEMAS["submissions"], submissions),
            ("ledger.coverage", build.SCHEMAS["coverage"], coverage),
        ):
            self.connection.register("given", pa.Table.from_pylist(content, schema=schema))
            self.connection.execute(f"create or replace table {name} as select * from given")
            self.connection.unregister("given")
        wanted = None if mart is None else self.project.behind(mart)
        for model in self.models:
            if wanted is None or model.name in wanted:
                self.connection.execute(f"create or replace table {model.relation} as {model.select}")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def coefficients(self) -> dict[str, dict[tuple[str, str, str], float | None]]:
        """County → (rule set, stage, indicator) → coefficient."""
        found: dict[str, dict[tuple[str, str, str], float | None]] = {}
        for county, *key, value in self.query(
            "select county_code, ruleset_id, stage, indicator_code, difference_coefficient from marts.fct_county_indicator"
        ):
            ruleset_id, stage, indicator = key
            counted = found.setdefault(county, {})
            assert (ruleset_id, stage, indicator) not in counted
            counted[ruleset_id, stage, indicator] = None if value is None else float(value)
        return found


def school(number: int, county: str = "990101", **fields: Any) -> Row:
    row: Row = {
        "county_code": county,
        "school_year": 2025,
        "school_code": f"21{county[-4:]}{number:04d}",
        "school_name": f"第{number}小学",
        "school_kind_code": "211",
        "pupils_primary": 300,
        **dict.fromkeys(AMOUNTS, 6),
        **dict.fromkeys(DECIMALS, Decimal(100)),
    }
    return row | fields


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(compiled(tmp_path_factory), tmp_path_factory.mktemp("models"))


pupils = st.integers(1, 3000)
counts = st.integers(0, 400)
squares = st.decimals(min_value=0, max_value=50_000, places=2)


@st.composite
def primary_schools(draw: st.DrawFn) -> list[Row]:
    rows = []
    for number in range(1, draw(st.integers(2, 6)) + 1):
        indoor = draw(squares)
        fields = {name: draw(counts) for name in AMOUNTS} | {name: draw(squares) for name in DECIMALS}
        fields |= {"indoor_sports_area_m2": indoor, "teaching_area_m2": indoor + draw(squares)}
        rows.append(school(number, pupils_primary=draw(pupils), **fields))
    return rows


def moved(rows: list[Row], county: str) -> list[Row]:
    return [row | {"county_code": county, "school_code": f"21{county[-4:]}{row['school_code'][-4:]}"} for row in rows]


SIDE_BY_SIDE = 10
"""Cases of one build, each in counties of its own."""
quick = settings(
    max_examples=3,  # of ten cases each; the first one is the simplest there is
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
T = TypeVar("T")


def several(case: st.SearchStrategy[T]) -> st.SearchStrategy[list[T]]:
    """Cases for the pairs of counties of one build."""
    return st.lists(case, min_size=SIDE_BY_SIDE, max_size=SIDE_BY_SIDE)


def pairs() -> Iterator[tuple[str, str]]:
    """Two counties for each case: one for what was drawn, one for what was made of it."""
    return zip(COUNTIES[::2], COUNTIES[1::2], strict=True)


def same(left: dict[Any, float | None], right: dict[Any, float | None]) -> None:
    assert left.keys() == right.keys()
    for key, value in left.items():
        other = right[key]
        if value is None or other is None:
            assert value is other, key
        else:
            assert value == pytest.approx(other, rel=1e-9, abs=1e-11), key


@quick
@given(cases=several(st.tuples(primary_schools(), st.integers(2, 40))))
def test_scaling_all_amounts_leaves_the_coefficient(models: Models, cases: list[tuple[list[Row], int]]) -> None:
    census: list[Row] = []
    for (rows, factor), (county, other) in zip(cases, pairs(), strict=True):
        scaled = [row | {name: row[name] * factor for name in (*AMOUNTS, *DECIMALS)} for row in rows]
        census += moved(rows, county) + moved(scaled, other)
    models.run(census, "fct_county_indicator")
    found = models.coefficients()
    for county, other in pairs():
        same(found[county], found[other])


@quick
@given(cases=several(st.tuples(primary_schools(), st.integers(2, 5))))
def test_merging_schools_of_equal_ratio_leaves_the_coefficient(models: Models, cases: list[tuple[list[Row], int]]) -> None:
    names = ("pupils_primary", *AMOUNTS, *DECIMALS)
    census: list[Row] = []
    for (rows, parts), (county, other) in zip(cases, pairs(), strict=True):
        merged = [rows[0] | {name: rows[0][name] * parts for name in names}, *rows[1:]]
        apart = [school(90 + n) | {name: rows[0][name] for name in names} for n in range(parts)] + rows[1:]
        census += moved(merged, county) + moved(apart, other)
    models.run(census, "fct_county_indicator")
    found = models.coefficients()
    for county, other in pairs():
        same(found[county], found[other])


@quick
@given(cases=several(st.tuples(pupils, pupils, squares, counts)))
def test_shares_of_a_combined_school_sum_to_the_whole(models: Models, cases: list[tuple[int, int, Decimal, int]]) -> None:
    census = [
        school(
            1,
            county,
            school_kind_code="312",
            pupils_primary=primary,
            pupils_junior=junior,
            outdoor_sports_area_m2=area,
            indoor_sports_area_m2=Decimal(0),
            multimedia_rooms=rooms,
        )
        for (primary, junior, area, rooms), (county, _) in zip(cases, pairs(), strict=True)
    ]
    models.run(census, "fct_school_indicator")
    shares = {
        (county, indicator): numerator
        for county, indicator, numerator in models.query(
            "select county_code, indicator_code, sum(numerator) from marts.fct_school_indicator"
            " where indicator_code in ('L5', 'L7') group by all"
        )
    }
    per_pupil = {
        (county, stage): float(value)
        for county, stage, value in models.query(
            "select county_code, stage, value from marts.fct_school_indicator where indicator_code = 'L5'"
        )
    }
    for (_, _, area, rooms), (county, _) in zip(cases, pairs(), strict=True):
        assert shares[county, "L5"] == pytest.approx(area, rel=Decimal("1e-12"), abs=Decimal("1e-11"))
        assert shares[county, "L7"] == pytest.approx(rooms, rel=Decimal("1e-12"), abs=Decimal("1e-11"))
        assert per_pupil[county, "junior"] == pytest.approx(1.1 * per_pupil[county, "primary"], rel=1e-9, abs=1e-9)


@settings(quick, max_examples=4)  # every model, three times an example
@given(rows=primary_schools(), seed=st.integers(0, 1000))
def test_row_order_and_repetition_leave_the_content_hash(models: Models, rows: list[Row], seed: int) -> None:
    manifest = read_manifest(models.project.manifest)

    def content(census: list[Row]) -> str:
        models.run(census)
        return connection_content(models.connection, manifest).hash

    # marts say where a figure stands in its file: that place is of the row, not of its turn
    rows = [row | {"_row": place} for place, row in enumerate(rows, 2)]
    first = content(rows)
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    assert content(shuffled) == first == content(rows)
    changed = [rows[0] | {"multimedia_rooms": rows[0]["multimedia_rooms"] + 1}, *rows[1:]]
    assert content(changed) != first
