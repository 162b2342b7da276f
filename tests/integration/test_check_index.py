"""A night that lost a result, with an empty file and a refused row: the index shows each, and the lost result stops the build."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations.gate import judge
from ingest.landing import night as ingest
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from publish.build import ground
from tests import builds
from tests.oracle.build import query, run_dbt

FILES = {
    "普查.csv": "区划代码,学年,学校标识码,学校名称,办学类型码,小学在校生\n990101,2025,2199000001,甲小学,211,300\n",
    "出生.csv": "区划代码,学年,学区名称,周岁,人口数\n990101,2025,东片,3,-4\n990101,2025,西片,3,40\n",
    "班级.csv": "区划代码,学年,学校标识码,年级,班级名称,班级人数\n",
    "空.csv": "",
}
LOST = "sentinel_value"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The build file, and what dbt printed."""
    folder = tmp_path_factory.mktemp("index")
    home, landing = Home(folder / "home").create(), folder / "landing" / "990101" / "2025"
    landing.mkdir(parents=True)
    for name, text in FILES.items():
        (landing / name).write_text(text, encoding="utf-8")
    number, batches = ingest.open_night(home, folder / "landing", None, "test", "2026-01-15")
    for batch in batches:
        ingest.parse_batch(home, number, batch)
    night = OpenNight(home, number)
    judge(home, night)
    results = night.read_table("check_results").to_pylist()
    kept = [row for row in results if (row["source"], row["check_id"]) != ("school_census", LOST)]
    assert len(kept) == len(results) - 1
    night.write_table("check_results", kept)
    ingest.commit_night(home, number, "test")
    _, build_db = builds.plan(home)
    selected = ["--select", f"+aud_check_index,{ground.ABOVE}", "every_check_of_an_accepted_submission_ran"]
    done = run_dbt(build_db, "build", *selected, "--exclude", "test_type:generic", "test_type:unit", check=False)
    return build_db, done.stdout


def states(path: Path, source: str) -> dict[str, tuple[str, str | None]]:
    rows = query(path, f"select check_id, state, reason from marts.aud_check_index where source = '{source}'")
    return {row["check_id"]: (row["state"], row["reason"]) for row in rows}


def test_a_lost_result_is_red_and_stops_the_build(built: tuple[Path, str]) -> None:
    path, printed = built
    found = states(path, "school_census")
    assert found[LOST] == ("did_not_run", "missing_result")
    assert {check for check, (_, reason) in found.items() if reason == "missing_result"} == {LOST}
    assert found["key_not_null"] == ("pass", None)
    assert found["ingest.not_a_number"] == ("pass", None)
    assert "FAIL 1 every_check_of_an_accepted_submission_ran" in printed


def test_what_is_owed_and_not_delivered_is_red(built: tuple[Path, str]) -> None:
    path, _ = built
    found = states(path, "county_items")
    files = {check: state for check, state in found.items() if "." not in check or check.startswith("ingest.")}
    assert len(files) > 40
    assert set(files.values()) == {("no_data", "not_delivered")}
    assert set(states(path, "survey").values()) == {("not_applicable", "not_owed")}


def test_a_refused_file_is_red_and_so_is_what_it_kept_from_running(built: tuple[Path, str]) -> None:
    path, _ = built
    births = states(path, "births")
    assert births["non_negative"] == ("fail", None)
    empty = states(path, "class_list")
    assert empty["ingest.no_rows"] == ("fail", None)
    assert empty["class_has_pupils"] == ("did_not_run", "refused_before")
    assert empty["ingest.not_whole"] == ("did_not_run", "refused_before")


def test_every_check_of_every_source_is_there_once(built: tuple[Path, str]) -> None:
    path, _ = built
    missing = query(
        path,
        """
        select source, check_id from marts.dim_check
        anti join (select * from marts.aud_check_index where school_year = 2025) using (source, check_id)
        where engine = 'sql'
        """,
    )
    assert missing == []
    reds = query(path, "select distinct state from marts.aud_check_index where is_red")
    assert {row["state"] for row in reds} == {"no_data", "did_not_run", "fail"}
