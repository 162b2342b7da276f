"""Properties of the models themselves, with drawn counties: the compiled SQL of every model, run on one small database."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from publish.tables.artifacts import read_manifest
from publish.tables.hashing import connection_content
from tests.oracle import build

AMOUNTS = ("qualified_primary", "backbone_primary", "pe_art_primary", "multimedia_rooms")
DECIMALS = ("teaching_area_m2", "indoor_sports_area_m2", "outdoor_sports_area_m2", "equipment_value_wan_yuan")
Row = dict[str, Any]


class Models:
    """All models of the dbt project as compiled SQL, rebuilt on new bronze in milliseconds."""

    def __init__(self, folder: Path) -> None:
        path = build.make_build_db(folder, [school(1)])
        build.build(path)
        self.manifest = folder / "target" / "manifest.json"
        nodes = json.loads(self.manifest.read_text(encoding="utf-8"))["nodes"]
        self.parents: dict[str, list[str]] = {
            uid: node["depends_on"]["nodes"] for uid, node in nodes.items() if uid.startswith("model.")
        }
        results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
        self.models = {
            done["unique_id"]: (nodes[done["unique_id"]]["relation_name"], done["compiled_code"])
            for done in results
            if done["unique_id"].startswith("model.")
        }
        self.connection = duckdb.connect(str(path))
        for kind, name in self._relations():
            self.connection.execute(f"drop {kind} {name} cascade")

    def _relations(self) -> list[tuple[str, str]]:
        query = """
            select 'view', schema_name || '.' || view_name from duckdb_views()
            where schema_name in ('staging', 'intermediate', 'marts')
            union all
            select 'table', schema_name || '.' || table_name from duckdb_tables()
            where schema_name in ('staging', 'intermediate', 'marts')
        """
        return self.connection.execute(query).fetchall()

    def behind(self, mart: str) -> set[str]:
        """A mart and every model it is made of."""
        found: set[str] = set()
        waiting = [f"model.junheng.{mart}"]
        while waiting:
            uid = waiting.pop()
            if uid in self.models and uid not in found:
                found.add(uid)
                waiting += self.parents[uid]
        return found

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
        wanted = self.models.keys() if mart is None else self.behind(mart)
        for uid, (relation, sql) in self.models.items():
            if uid in wanted:
                self.connection.execute(f"create or replace table {relation} as {sql}")

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
    return Models(tmp_path_factory.mktemp("models"))


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


quick = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)


def same(left: dict[Any, float | None], right: dict[Any, float | None]) -> None:
    assert left.keys() == right.keys()
    for key, value in left.items():
        other = right[key]
        if value is None or other is None:
            assert value is other, key
        else:
            assert value == pytest.approx(other, rel=1e-9, abs=1e-11), key


@quick
@given(rows=primary_schools(), factor=st.integers(2, 40))
def test_scaling_all_amounts_leaves_the_coefficient(models: Models, rows: list[Row], factor: int) -> None:
    scaled = [row | {name: row[name] * factor for name in (*AMOUNTS, *DECIMALS)} for row in moved(rows, "990102")]
    models.run(rows + scaled, "fct_county_indicator")
    found = models.coefficients()
    same(found["990101"], found["990102"])


@quick
@given(rows=primary_schools(), parts=st.integers(2, 5))
def test_merging_schools_of_equal_ratio_leaves_the_coefficient(models: Models, rows: list[Row], parts: int) -> None:
    names = ("pupils_primary", *AMOUNTS, *DECIMALS)
    merged = [rows[0] | {name: rows[0][name] * parts for name in names}, *rows[1:]]
    apart = [school(90 + n) | {name: rows[0][name] for name in names} for n in range(parts)] + rows[1:]
    models.run(merged + moved(apart, "990102"), "fct_county_indicator")
    found = models.coefficients()
    same(found["990101"], found["990102"])


@quick
@given(
    primary=pupils,
    junior=pupils,
    area=squares,
    rooms=counts,
)
def test_shares_of_a_combined_school_sum_to_the_whole(
    models: Models, primary: int, junior: int, area: Decimal, rooms: int
) -> None:
    fields = {"outdoor_sports_area_m2": area, "indoor_sports_area_m2": Decimal(0), "multimedia_rooms": rooms}
    models.run(
        [school(1, school_kind_code="312", pupils_primary=primary, pupils_junior=junior, **fields)], "fct_school_indicator"
    )
    shares = dict(
        models.query(
            "select indicator_code, sum(numerator) from marts.fct_school_indicator"
            " where indicator_code in ('L5', 'L7') group by 1"
        )
    )
    assert shares["L5"] == pytest.approx(area, rel=Decimal("1e-12"), abs=Decimal("1e-11"))
    assert shares["L7"] == pytest.approx(rooms, rel=Decimal("1e-12"), abs=Decimal("1e-11"))
    per_pupil = dict(models.query("select stage, value from marts.fct_school_indicator where indicator_code = 'L5'"))
    assert float(per_pupil["junior"]) == pytest.approx(1.1 * float(per_pupil["primary"]), rel=1e-9, abs=1e-9)


@settings(quick, max_examples=4)  # every model, three times an example
@given(rows=primary_schools(), seed=st.integers(0, 1000))
def test_row_order_and_repetition_leave_the_content_hash(models: Models, rows: list[Row], seed: int) -> None:
    manifest = read_manifest(models.manifest)

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
