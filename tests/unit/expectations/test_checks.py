"""The list of all checks that the build shows beside their results."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from expectations.catalogue import Rules
from expectations.checks import check_table
from ingest.values import faults
from junheng.core.records import ACCOUNTED, CheckStatus
from junheng.core.settings import DBT_PROJECT, rules_version

SEEDS = DBT_PROJECT / "seeds" / "checks"


@pytest.fixture(scope="module")
def listed() -> dict[tuple[str, str], dict[str, object]]:
    rows = check_table().to_pylist()
    found = {(row["source"], row["check_id"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def seed(name: str) -> list[dict[str, str]]:
    with open(SEEDS / f"{name}.csv", encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_check_of_the_catalogue_is_listed_with_its_texts(listed) -> None:
    rules = Rules.load()
    of_catalogue = {key for key, row in listed.items() if row["engine"] == "sql"}
    assert of_catalogue == {(c.source, check.id) for c in rules.catalogues.values() for check in c.checks}
    for catalogue in rules.catalogues.values():
        for check in catalogue.checks:
            row = listed[catalogue.source, check.id]
            assert (row["title_zh"], row["fix_zh"], row["severity"]) == (check.title_zh, check.fix_zh, check.severity)
            assert (row["owner"], row["until"]) == (check.owner, check.until)
            assert str(row["contracts"]).split(";") == sorted(f.id for f in rules.contracts_of(catalogue.source, check))


def test_what_ingest_looks_for_is_listed_of_every_source(listed) -> None:
    sources = Rules.load().catalogues
    looked_for = {f"ingest.{rule.id}" for rule in faults.rules().values() if rule.scope != "landing"}
    counts = Counter(check_id for (_, check_id), row in listed.items() if row["engine"] == "ingest")
    noted = {ACCOUNTED, "ingest.refused", "ingest.unknown_columns", "ingest.left_out_lines", "ingest.hidden_cells"}
    assert counts == dict.fromkeys(looked_for | noted, len(sources))
    row = listed["births", "ingest.not_a_number"]
    assert (row["meaning_zh"], row["fix_zh"]) == ("不应出现：“…”的值“…”不是数字", "请填写阿拉伯数字，不知道就留空")


def test_every_row_says_what_why_and_how(listed) -> None:
    version = rules_version()
    for key, row in listed.items():
        for name in ("source_zh", "title_zh", "title_en", "meaning_zh", "why_zh", "fix_zh", "rule_source", "scope"):
            assert row[name], (key, name)
        assert row["rules_version"] == version


def test_the_order_of_states_holds_every_result_and_puts_faults_last() -> None:
    ranks = {row["state"]: int(row["rank"]) for row in seed("check_states")}
    assert {str(status) for status in CheckStatus} <= ranks.keys()
    assert sorted(ranks, key=ranks.__getitem__) == [
        *("not_applicable", "pass", "manual", "warn", "no_data", "did_not_run", "fail", "error")
    ]
    red = {row["state"] for row in seed("check_states") if row["is_red"] == "true"}
    assert red == {"no_data", "did_not_run", "fail", "error"}


def test_the_list_of_what_counties_deliver_knows_every_source() -> None:
    national = {row["source"] for row in seed("expected_sources") if row["area_system"] == "gb2260"}
    assert national == set(Rules.load().catalogues)
    assert {row["source"] for row in seed("expected_sources") if row["is_required"] == "true"} < national
    assert all(row["rule_source"] for row in seed("expected_sources"))
