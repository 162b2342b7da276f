"""A county with one value missing is nowhere called balanced: one county for each value, all of them in one build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from publish.build.facts import NightFacts
from publish.site.site import write_site
from tests.oracle import build
from tests.oracle.compiled import compiled

Row = dict[str, Any]
YEAR = 2025
WHOLE = "990101"

SCHOOL: Row = {
    **{
        "urban_rural_code": "111",
        "sponsor_code": "7",
        "is_boarding": 0,
        "is_dense_centre": 0,
        "built_year": 2018,
        "migrant_pupils": 0,
    },
    **{"teaching_area_m2": 4000, "indoor_sports_area_m2": 0, "outdoor_sports_area_m2": 6000, "equipment_value_wan_yuan": 200},
    **{"multimedia_rooms": 12, "music_rooms": 1, "art_rooms": 1},
    **{"public_funds_budget_yuan": 600000, "public_funds_allocated_yuan": 600000, "training_budget_yuan": 30000},
}
STAGE: Row = {
    **{
        "pupils": 400,
        "classes": 10,
        "classes_over": 0,
        "teachers": 30,
        "qualified": 30,
        "backbone": 10,
        "pe_art": 10,
        "certified": 30,
    },
    **{"trained360": 30, "exchange_eligible": 20, "exchanged": 5, "exchanged_backbone": 1, "catchment": 400},
}
FIGURES = {
    **{"P1.basic_balance_years": 5, "G7.funds": 800000, "G7.pupils": 100, "G8.teacher_pay": 9, "G8.civil_servant_pay": 9},
    **{"G14.planned": 10, "G14.allocated": 5, "G15.eligible": 100, "G15.public": 80, "G15.purchased": 5, "Q1.graduates": 96},
    **{
        "Q1.entrants": 100,
        "Q1.transferred_in": 0,
        "Q1.transferred_out": 0,
        "Q1.deceased": 0,
        "Q2.enrolled": 95,
        "Q2.children": 100,
    },
    **{"S1.valid": 100, "S1.satisfied": 85, "G6.quota": 1000},
}
DECLARED = ("P2", "G1", "G2", "G10", "G15.care_system", "Q3", "Q5", "Q6", "Q7", "Q8", *(f"V{k}" for k in range(1, 7)))
MONITORED = ("语文", "数学", "科学", "体育与健康", "艺术", "德育")
"""Subjects that the form asks for, each in grades 4 and 8."""
LACKS = {
    **{"pupils_primary": {"G4", "L1"}, "classes_primary": {"G3"}, "music_rooms": {"G3"}, "art_rooms": {"G3"}},
    **{"classes_over_primary": {"G5"}, "public_funds_allocated_yuan": {"G6"}, "trained360_primary": {"G9"}},
    **{"exchange_eligible_primary": {"G11"}, "exchanged_backbone_primary": {"G11"}, "certified_primary": {"G12"}},
    **{"catchment_primary": {"G13"}, "sponsor_code": {"G13"}, "training_budget_yuan": {"Q4"}, "qualified_primary": {"L1"}},
    "multimedia_rooms": {"L7"},
}
"""A cell of the first school that is empty, and the indicators that have to wait for it."""


@dataclass(frozen=True)
class Case:
    """One county: what it lacks, and the indicators that wait."""

    name: str
    county: str
    waits: set[str]
    cell: str = ""
    item: str = ""
    evidence: str = ""
    measure: str = ""


def cases() -> Iterator[Case]:
    numbers = iter(range(990102, 990200))
    for cell, waits in LACKS.items():
        yield Case(cell, str(next(numbers)), waits, cell=cell)
    for item in FIGURES:
        yield Case(item, str(next(numbers)), {item.split(".")[0]}, item=item)
    for item in DECLARED:
        yield Case(item, str(next(numbers)), {item.split(".")[0]}, item=item)
        yield Case(f"{item} evidence", str(next(numbers)), {item.split(".")[0]}, evidence=item)
    for measure in ("achievement_level", "between_school_rate", "all"):
        yield Case(f"monitoring {measure}", str(next(numbers)), {"Q9"}, measure=measure)


CASES = list(cases())


def schools(county: str, cell: str = "") -> list[Row]:
    kinds = {"1": ("211", "primary"), "2": ("211", "primary"), "3": ("311", "junior"), "4": ("218", "primary")}
    rows = []
    for number, (kind, stage) in kinds.items():
        row: Row = {
            "county_code": county,
            "school_year": YEAR,
            "school_code": f"{county}{number}",
            "school_name": f"第{number}学校",
        }
        row |= SCHOOL | {"school_kind_code": kind} | {f"{name}_{stage}": value for name, value in STAGE.items()}
        if kind == "218":
            row |= {"pupils_primary": 90, "catchment_primary": 90, "classes_primary": 6, "multimedia_rooms": 3}
            row |= {"teaching_area_m2": 900, "outdoor_sports_area_m2": 1350, "equipment_value_wan_yuan": 45}
            row |= {f"{name}_primary": 7 for name in ("teachers", "qualified", "certified", "trained360")}
            row |= {"backbone_primary": 2, "pe_art_primary": 2}
        rows.append(row)
    if cell:
        rows[3 if cell == "public_funds_allocated_yuan" else 0][cell] = None
    return [
        {key: Decimal(value) if key in build._AMOUNTS and value is not None else value for key, value in r.items()} for r in rows
    ]


def items(county: str, without: str = "", no_evidence: str = "") -> list[Row]:
    key = {"county_code": county, "school_year": YEAR}
    figures = [key | {"item_code": item, "value": Decimal(value)} for item, value in FIGURES.items()]
    declared = [
        key | {"item_code": item, "declared_verdict": "met", "evidence": " ; " if item == no_evidence else "文件.pdf"}
        for item in DECLARED
    ]
    rows = [row | {"requirement_code": str(row["item_code"]).split(".")[0]} for row in figures + declared]
    return [row for row in rows if row["item_code"] != without]


def results(county: str, without: str = "") -> list[Row]:
    """Results of monitoring; one grade of one subject without this measure, or none at all."""
    rows = []
    for grade in (4, 8):
        for subject in MONITORED:
            key = {"county_code": county, "scope": "national", "monitoring_year": YEAR, "grade": grade, "subject": subject}
            pair = [{"measure": "achievement_level", "level": 3}, {"measure": "between_school_rate", "value": Decimal("0.1499")}]
            rows += [key | {"source_document": "结果报告"} | result for result in pair]
    first = [row for row in rows if row["grade"] == 4 and row["subject"] == MONITORED[0] and row["measure"] == without]
    return [] if without == "all" else [row for row in rows if row not in first]


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    delivered = {
        "school_census": [row for case in CASES for row in schools(case.county, case.cell)] + schools(WHOLE),
        "county_items": [row for case in CASES for row in items(case.county, case.item, case.evidence)] + items(WHOLE),
        "monitoring_result": [row for case in CASES for row in results(case.county, case.measure)] + results(WHOLE),
    }
    submissions = [build.submission(f"{n:016d}", source=source) for n, source in enumerate(delivered, 1)]
    numbered = {
        judged["source"]: [
            {"_submission_id": judged["submission_id"], "_row": line, **row}
            for line, row in enumerate(delivered[judged["source"]], 2)
        ]
        for judged in submissions
    }
    coverage = [row for judged in submissions for row in build.coverage_of([judged], numbered[judged["source"]])]
    census = numbered.pop("school_census")
    folder = tmp_path_factory.mktemp("missing")
    return compiled(tmp_path_factory).build(build.make_build_db(folder, census, submissions, coverage=coverage, others=numbered))


@pytest.fixture(scope="module")
def open_indicators(marts: Path) -> dict[str, set[str]]:
    """Undecided indicators of every county."""
    found: dict[str, set[str]] = {}
    for table, code in (("fct_county_requirement", "requirement_code"), ("fct_county_indicator", "indicator_code")):
        where = "verdict = 'undecided' and ruleset_id = 'national-2017'"
        for row in build.query(marts, f"select distinct county_code, {code} as code from marts.{table} where {where}"):
            found.setdefault(row["county_code"], set()).add(row["code"])
    return found


def test_the_whole_county_waits_for_nothing(marts: Path, open_indicators: dict[str, set[str]]) -> None:
    assert WHOLE not in open_indicators
    where = f"where county_code = '{WHOLE}' and ruleset_id = 'national-2017'"
    (row,) = build.query(marts, f"select * from marts.fct_county_verdict {where}")
    assert (row["n_met"], row["n_unmet"], row["n_undecided"]) == (32, 0, 0)
    assert row["vetoed"] is False
    assert (row["verdict"], row["verdict_strict"]) == ("met", "met")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_missing_is_undecided(case: Case, open_indicators: dict[str, set[str]]) -> None:
    assert case.waits <= open_indicators[case.county]
    assert "Q9" in case.waits or "Q9" not in open_indicators[case.county]


def test_no_mart_calls_such_a_county_met(marts: Path) -> None:
    verdicts = "select * from marts.fct_county_verdict where school_year = 2025 and ruleset_id = 'national-2017'"
    found = {row["county_code"]: row for row in build.query(marts, verdicts)}
    for case in CASES:
        row = found[case.county]
        assert (row["verdict"], row["verdict_strict"]) == ("undecided", "undecided"), case.name
        assert row["n_unmet"] == 0, case.name
        for waits in case.waits - {"L1", "L7"}:
            assert waits in row["waiting_for_zh"], case.name
        if case.item.startswith("V") or case.evidence.startswith("V"):
            assert row["vetoed"] is None, case.name


def test_no_requirement_of_a_missing_value_says_met(marts: Path) -> None:
    rows = build.query(marts, "select * from marts.fct_county_requirement where verdict = 'undecided'")
    assert len(rows) >= len(CASES)
    for row in rows:
        assert row["waiting_for_zh"], row
        assert "待补" in row["conclusion_zh"], row
        assert not row["conclusion_zh"].endswith("达标"), row


def test_no_page_calls_such_a_county_met(marts: Path, tmp_path: Path) -> None:
    release = {"release_id": "r0001-000000000000", "created_at": "2026-03-01 00:00", "tables": {}}
    write_site(marts, NightFacts(1, "2026-03-01", (), (), ()), release, tmp_path / "site")
    for case in CASES:
        page = (tmp_path / "site" / f"{case.county}.html").read_text(encoding="utf-8")
        assert "资料不全，暂不能下结论" in page, case.name
        for praise in ("各项指标全部达标", "资源配置达到规定标准"):
            assert praise not in page, case.name
