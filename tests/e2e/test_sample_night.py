"""A night over the sample county, as a user runs it: offline, on a new home."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import yaml

from junheng.core.home import Home
from junheng.core.settings import SOURCES
from publish.release import run_events
from tests.e2e.nights import ROOT, Night, ledger_rows, query, run, stray
from tests.openlineage_form import official
from tests.unit.ingest.made import Desk

SUBMISSIONS = 42
"""Files of the sample, each member of its zip and each table of its 申报表 for itself."""


def test_night_is_published_and_the_one_bad_file_refused(sample_night: Night) -> None:
    assert sample_night.code == 3, sample_night.output
    assert list(sample_night.refusals()) == ["990101/2025/校车台账.xlsx"]
    assert sample_night.release is not None
    assert stray(sample_night.home) == []


def test_score_card_shows_fourteen_coefficients_and_no_noise(sample_night: Night) -> None:
    out = sample_night.output
    assert "示范县" in out
    for name in ("L1", "L7"):
        assert out.count(name) >= 1
    for noise in ("Traceback", "WARNING", "[info", "DeprecationWarning", "ERROR"):
        assert noise not in out
    rows = query(
        sample_night,
        "select difference_coefficient_rounded cv, verdict from marts.fct_county_indicator "
        "where school_year = 2025 and ruleset_id = 'national-2017' and difference_limit is not null",
    )
    assert len(rows) == 14
    assert [row["verdict"] for row in rows].count("undecided") == 1
    for row in rows:
        assert row["cv"] is None or f"{row['cv']:.3f}" in out


def test_events_of_the_build_name_every_mart_with_its_columns(sample_night: Night) -> None:
    assert sample_night.release is not None
    lines = (sample_night.home.warehouse / run_events.FILE).read_text(encoding="utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        official(event)
    published = {output["name"]: output for output in events[-1]["outputs"]}
    manifest = json.loads((sample_night.release.path / "manifest.json").read_text(encoding="utf-8"))
    assert published.keys() == {f"marts.{name}" for name in manifest["tables"]}
    made = {output["name"]: output["facets"] for event in events[1:-1] for output in event["outputs"]}
    columns = "select table_name t, list(column_name order by column_index) c from duckdb_columns() where schema_name = 'marts'"
    tables = {row["t"]: row["c"] for row in query(sample_night, f"{columns} group by 1")}
    assert {name for name in tables if f"marts.{name}" not in made} <= {name for name in tables if name.startswith("dim_")}
    for name in tables:
        facets = made.get(f"marts.{name}")
        if facets:  # what only seeds decide is built by the setup
            assert [field["name"] for field in facets["schema"]["fields"]] == tables[name]
            assert facets["columnLineage"]["fields"].keys() <= set(tables[name])
    value = made["marts.fct_county_indicator"]["columnLineage"]["fields"]["difference_coefficient"]["inputFields"]
    assert {"marts.fct_school_indicator"} <= {origin["name"] for origin in value}


def test_release_holds_what_it_promises(sample_night: Night) -> None:
    assert sample_night.release is not None
    folder = sample_night.release.path
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    tables = {row["t"] for row in query(sample_night, "select schema_name || '.' || table_name t from duckdb_tables()")}
    assert {f"marts.{path.stem}" for path in (folder / "parquet").glob("*.parquet")} == tables
    restricted = {path.stem for path in (folder / "restricted" / "parquet").glob("*.parquet")}
    assert restricted == {"rpt_authenticity_hint", "rpt_restricted_exchange", "rpt_restricted_issue"}
    assert set(manifest["tables"]) == {name.removeprefix("marts.") for name in tables} | restricted
    assert query(sample_night, "select * from duckdb_views() where not internal") == []
    page = (folder / "site" / "index.html").read_text(encoding="utf-8")
    assert "晨报" in page
    assert "校车台账.xlsx" in page


def test_the_form_that_the_county_hands_in_comes_back_without_a_difference(sample_night: Night, tmp_path: Path) -> None:
    """The 申报表 of the release read by the contracts of what is delivered: every figure is that of the marts."""
    assert sample_night.release is not None
    (paper,) = (sample_night.release.path / "papers" / "990101").glob("*申报表*")
    (tmp_path / "files").mkdir()
    desk = Desk(Home(tmp_path / "home").create(), tmp_path / "files")
    first = desk.deliver(paper.read_bytes(), name=paper.name)
    results = {result.source: result for result in [first, *first.parts]}
    assert {source: (result.refused, result.faults) for source, result in results.items()} == dict.fromkeys(
        ("declared_forms_item", "declared_forms_school", "declared_forms_county"), (False, [])
    )
    of_form = "school_year = 2025 and ruleset_id = 'national-2017'"
    names = ("qualified", "backbone", "pe_art", "teaching_area", "sports_area", "equipment", "multimedia")
    schools = query(
        sample_night,
        f"select stage, school_name, pupils, {', '.join(f'l{n}_value' for n in range(7, 14))} "
        f"from marts.rpt_form_2_2 where {of_form}",
    )
    figures = [f"declared_{name}" for name in ("pupils", *names)]
    assert sorted(
        [row["stage"], row["school_name"], *(row[name] for name in figures)]
        for row in desk.bronze(results["declared_forms_school"])
    ) == sorted([list(row.values()) for row in schools])
    county = query(
        sample_night,
        f"select stage, measure, {', '.join(f'l{n}_value' for n in range(1, 9))} from marts.rpt_form_3 where {of_form}",
    )
    stated = desk.bronze(results["declared_forms_county"])
    assert sorted(
        [row["stage"], row["measure"], *(row[f"declared_{name}"] for name in (*names, "composite"))] for row in stated
    ) == sorted([list(row.values()) for row in county])
    blanks = query(
        sample_night,
        f"select form, blank, value_rounded from marts.rpt_form_blank where {of_form} and value_rounded is not null",
    )
    assert len(blanks) > 40
    items = desk.bronze(results["declared_forms_item"])
    in_sentences = {
        (row["form"], row["item_name"].partition("：")[2] or row["item_name"]): row["declared_value"] for row in items
    }
    for blank in blanks:
        named = [value for (form, name), value in in_sentences.items() if form == blank["form"] and name.endswith(blank["blank"])]
        assert blank["value_rounded"] in named, blank


def test_issues_on_hints_are_seen_by_nobody_else(sample_night: Night) -> None:
    assert sample_night.release is not None
    apart = sample_night.release.path / "restricted" / "restricted.duckdb"
    with duckdb.connect(str(apart), read_only=True) as connection:
        found = connection.execute("select issue_id, origin, lead_unit, school_code from marts.rpt_restricted_issue").fetchall()
    assert found
    assert {(origin, unit) for _, origin, unit, _ in found} == {("hint", "县政府教育督导委员会办公室")}
    hidden = ", ".join(f"'{issue}'" for issue, *_ in found)
    marts = query(sample_night, "select table_name from duckdb_columns() where column_name = 'issue_id'")
    assert len(marts) > 5
    for mart in marts:
        assert query(sample_night, f"select 1 from marts.{mart['table_name']} where issue_id in ({hidden})") == []


def test_every_school_that_fails_has_an_issue_that_names_what_is_nearest(sample_night: Night) -> None:
    failing = query(
        sample_night,
        "select school_code, stage from marts.fct_school_verdict where school_year = 2025 and verdict = 'unmet' group by all",
    )
    opened = query(
        sample_night,
        "select school_code, stage, description from marts.fct_issue "
        "where is_open and origin = 'figure' and part = 'resource' and requirement_code is null",
    )
    assert sorted((row["school_code"], row["stage"]) for row in opened) == sorted(
        (row["school_code"], row["stage"]) for row in failing
    )
    assert len(opened) > 10
    assert [row["description"] for row in opened if "离标准最近：" not in row["description"]] == []


def test_ledger_accounts_for_every_row_and_both_engines_ran(sample_night: Night) -> None:
    submissions = ledger_rows(sample_night.home, "submissions")
    assert len(submissions) == SUBMISSIONS
    for row in submissions:
        assert row["rows_read"] == row["rows_accepted"] + row["rows_quarantined"]
    checks = ledger_rows(sample_night.home, "check_results")
    judged = {row["source"] for row in checks if row["engine"] == "sql"}
    assert (
        judged
        == {row["source"] for row in checks if row["engine"] in ("gx", "gx_sql")}
        == {path.stem for path in SOURCES.glob("*.yml")}
    )
    engines = {row["engine"] for row in query(sample_night, "select engine from marts.aud_check_result")}
    assert engines >= {"ingest", "sql", "gx", "dbt", "audit"}


def test_every_shape_of_the_census_and_every_source_is_in_the_sample(sample_night: Night) -> None:
    accepted = [row for row in ledger_rows(sample_night.home, "submissions") if row["status"] == "accepted"]
    contracts = {row["contract"] for row in accepted}
    assert contracts >= {f"school_census.{shape}" for shape in ("template", "wide", "jj_workbook", "jichu_workbook")}
    assert {row["file_name"].split("!")[0].split("/")[-1] for row in accepted if row["source"].startswith("teacher_")} == {
        "教师系统导出_2025.zip"
    }
    forms = {row["contract"] for row in accepted if row["file_name"].endswith("申报表.xlsx")}
    assert len(forms) == 4
    assert all(row["rows_quarantined"] == 0 for row in accepted)


def test_every_slip_in_the_forms_of_the_bureau_is_found_with_its_bridge(sample_night: Night) -> None:
    """What the bureau worked out for itself is what the night computes, but for the slips that the sample plants."""
    planted = yaml.safe_load((ROOT / "samples" / "data" / "declared_slips.yml").read_text(encoding="utf-8"))
    unexplained = {"typing": None}
    expected = {
        ("II-2", slip["stage"], slip["school_code"], slip["indicator"]): unexplained.get(slip["slip"], slip["slip"])
        for slip in planted["schools"]
    }
    indicators = [f"L{number}" for number in range(1, 8)]
    for code in planted["counted_in"]:
        expected |= {("II-2", "primary", code, name): "scope" for name in ["pupils", *indicators]}
    for slip in planted["county"]:
        expected |= {("III", slip["stage"], None, name): slip["slip"] for name in [*indicators, "composite"]}
    rows = query(
        sample_night,
        "select form, stage, school_code, indicator_code, state, bridges from marts.fct_declared_difference "
        "where ruleset_id = 'national-2017'",
    )
    found = {(r["form"], r["stage"], r["school_code"], r["indicator_code"]): r["bridges"] for r in rows if r["state"] != "same"}
    assert found == expected
    assert sum(row["state"] == "same" for row in rows) > 500


def test_the_same_landing_again_changes_nothing(sample_night: Night, sample_landing: Path, tmp_path: Path) -> None:
    before = sample_night.release
    assert before is not None
    again = run(shutil.copytree(sample_night.home.path, tmp_path / "home", symlinks=True), sample_landing)
    assert again.code == 3
    assert list(again.refusals()) == ["990101/2025/校车台账.xlsx"]
    assert again.release is not None
    assert again.release.release_id == before.release_id
    assert len(list(again.home.releases.iterdir())) == 1
    assert len(ledger_rows(again.home, "submissions")) == SUBMISSIONS
