"""A province with hundreds of planted faults of more than forty kinds: the ledger lists exactly those."""

from __future__ import annotations

from collections import Counter

import pytest

from expectations.gate import judge
from ingest.landing import night as ingest
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from samples.county import SEED
from samples.planted import Planted, write_province

COUNTIES = 12
NOTICES = {"ingest.unknown_columns"}
"""Warnings about columns that no rule reads: the samples deliver some on purpose."""
IN_SAMPLE = {("findings", "deadline_is_date"), ("inspection", "deadline_is_date"), ("declared_forms_school", "figures_usual")}
"""Warnings that the sample's own lists give: 立行立改 and 长期坚持 are how deadlines are written, one declares 万元 as 元."""
Place = tuple[str, str, int | None]


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Planted], Counter[Place]]:
    """What was planted, and what the ledger of one night lists: file, rule and line, warnings by file."""
    folder = tmp_path_factory.mktemp("province")
    planted = write_province(folder / "landing", COUNTIES, SEED)
    home = Home(folder / "home").create()
    number, batches = ingest.open_night(home, folder / "landing", None, "test", "2026-03-01")
    for batch in batches:
        ingest.parse_batch(home, number, batch)
    night = OpenNight(home, number)
    judge(home, night)
    files = {row["submission_id"]: row["file_name"] for row in night.read_table("submissions").to_pylist()}
    found: Counter[Place] = Counter()
    for row in night.read_table("quarantined_rows").to_pylist():
        found[row["file_name"], row["rule"], row["row"]] += 1
    for row in night.read_table("check_results").to_pylist():
        if row["status"] == "warn" and row["check_id"] not in NOTICES and (row["source"], row["check_id"]) not in IN_SAMPLE:
            found[files[row["submission_id"]], row["check_id"], None] += row["rows_failed"]
    return planted, found


def test_the_ledger_lists_exactly_what_was_planted(province: tuple[list[Planted], Counter[Place]]) -> None:
    planted, found = province
    expected = Counter((fault.file, fault.rule, fault.line) for fault in planted)
    kinds = {(fault.file.split("/")[-1], fault.rule) for fault in planted}
    hit = (expected & found).total()
    precision, recall = hit / found.total(), hit / expected.total()
    print(f"{expected.total()} planted faults of {len(kinds)} kinds: precision {precision:.4f}, recall {recall:.4f}")
    assert sorted((found - expected).items(), key=str)[:20] == []
    assert sorted((expected - found).items(), key=str)[:20] == []
    assert expected.total() >= 300
    assert len(kinds) >= 40
    assert len({rule for _, rule in kinds}) >= 40
    assert (precision, recall) == (1.0, 1.0)
