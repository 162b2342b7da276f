"""Who answers for a school stands in the list in force, and a list that was refused is none."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from junheng.core.home import Home
from junheng.core.ledger import Ledger, atomic_parquet
from junheng.core.records import SCHEMAS
from publish.issues.officials import Officials

COUNTY, SCHOOL = "990101", "2199010001"
_TEXTS = ("school_code", "county_code", "inspector_post", "leader_post", "contact_post", "inspection_area", "_sheet")
_SCHEMA = pa.schema([*((name, pa.string()) for name in _TEXTS), ("_row", pa.int64())])


def judge(home: Home, delivered: int, status: str, school: str = SCHOOL) -> None:
    """A night in which the list of a delivery was judged; it names an inspector of its own, for one school."""
    night = Ledger(home).open_next()
    own = {"night": night.number, "delivery_night": delivered, "submission_id": f"{delivered:016d}", "source": "responsibility"}
    covered = own | {"covers": "county", "county_code": COUNTY, "school_year": 2024 + delivered, "rows": 1}
    tables = {"submissions": [own | {"status": status}], "coverage": [covered]}
    for name in SCHEMAS:
        night.write_table(name, tables.get(name, []))
    row = {"school_code": school, "county_code": COUNTY, "inspector_post": f"督学{delivered}号", "_row": 2}
    path = home.bronze_file("responsibility", own["submission_id"])
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_parquet(pa.Table.from_pylist([row], schema=_SCHEMA), path)
    night.commit({"night": night.number, "as_of": "2026-03-01"})


@pytest.mark.parametrize(
    ("judged", "post"),
    [
        ([(1, "accepted")], "督学1号"),
        ([(1, "refused")], ""),
        ([(1, "accepted"), (2, "refused")], "督学1号"),
        ([(1, "accepted"), (1, "refused")], ""),
        ([(1, "accepted"), (2, "accepted"), (2, "refused")], "督学1号"),
        ([(1, "refused"), (1, "accepted")], "督学1号"),
        ([(1, "accepted"), (2, "accepted")], "督学2号"),
    ],
)
def test_a_refused_list_names_nobody(tmp_path: Path, judged: list[tuple[int, str]], post: str) -> None:
    home = Home(tmp_path / "home").create()
    for delivered, status in judged:
        judge(home, delivered, status)
    assert Officials(home).of_school(COUNTY, SCHOOL, "inspector_post") == post


def test_a_later_list_that_leaves_a_school_out_takes_nothing_back_of_another_year(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    judge(home, 1, "accepted")
    judge(home, 2, "accepted", "2199010002")
    officials = Officials(home)
    assert officials.of_school(COUNTY, SCHOOL, "inspector_post") == "督学1号"
    assert officials.of_school(COUNTY, "2199010002", "inspector_post") == "督学2号"
