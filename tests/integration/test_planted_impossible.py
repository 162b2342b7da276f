"""Figures that cannot be, planted by chance in every source with parts, bands or units: exactly those are found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from expectations.gate import judge
from expectations.validate import validate
from ingest.landing import night as ingest
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from samples.county import SEED
from samples.impossible import CENSUS, DECLARED, ITEMS, LISTS, MONITORING, SCHOOL_FAULTS, write_counties

COUNTIES = 10
NOTICES = {"ingest.unknown_columns", "deadline_is_date"}
"""Warnings that have nothing to do with figures: columns that no rule reads, and how deadlines are written."""


def test_every_impossible_figure_is_named_and_no_other(tmp_path: Path) -> None:
    planted = write_counties(tmp_path / "landing", COUNTIES, SEED)
    home = Home(tmp_path / "home").create()
    number, batches = ingest.open_night(home, tmp_path / "landing", None, "test", "2026-03-01")
    for batch in batches:
        ingest.parse_batch(home, number, batch)
    night = OpenNight(home, number)
    judge(home, night)
    files = {row["submission_id"]: row["file_name"] for row in night.read_table("submissions").to_pylist()}
    found: Counter[tuple[str, str, int | None]] = Counter()
    for row in night.read_table("quarantined_rows").to_pylist():
        found[row["file_name"], row["rule"], row["row"]] += 1
    for row in night.read_table("check_results").to_pylist():
        if row["status"] == "warn" and row["check_id"] not in NOTICES:
            found[files[row["submission_id"]], row["check_id"], None] += row["rows_failed"]
    expected = Counter((fault.file, fault.rule, fault.line) for fault in planted)
    hit = (expected & found).total()
    precision, recall = hit / found.total(), hit / expected.total()
    print(f"{expected.total()} impossible figures: precision {precision:.4f}, recall {recall:.4f}")
    assert sorted((found - expected).items(), key=str)[:20] == []
    assert sorted((expected - found).items(), key=str)[:20] == []
    assert (precision, recall) == (1.0, 1.0)
    assert expected.total() >= 500
    sources = {fault.file.split("/")[-1].removesuffix(".csv") for fault in planted}
    in_two = {ITEMS, DECLARED}  # each item in one of two files
    assert sources == {CENSUS, MONITORING, *LISTS, *in_two, *(f"{source}.2" for source in in_two)}
    assert {rule.removeprefix("warn:") for rules, _ in SCHOOL_FAULTS for rule in rules} <= {fault.rule for fault in planted}
    validate(home, night)  # raises where the second engine counts otherwise
