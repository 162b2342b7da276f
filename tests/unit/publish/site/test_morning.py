"""The first screen of a county's page answers the questions of a head, each with figures of the marts."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from publish.build.facts import NightFacts, ShownSubmission
from publish.site.levers import AmountShare, levers
from publish.site.site import write_site
from publish.words.formats import amount
from tests.unit.publish.fake_marts import REQUIREMENTS, Shape, make_rows, write_marts
from tests.unit.publish.site.test_site import NOTHING, RELEASE, figures, render, replaced

REFUSED = ShownSubmission("990101/2025/校车.xlsx", None, "990101", 2025, 0, "不认识", "改用模板")
SHAPE = Shape(schools=16, requirements=REQUIREMENTS, seed=2)


def boxes(page: Path) -> dict[str, list[str]]:
    """Lines of each box of the first screen, by its id."""
    html = page.read_text(encoding="utf-8")
    screen = html[html.index('<div class="screen">') :]
    found = {}
    for name, box in re.findall(r'<section id="(\w+)">(.*?)</section>', screen, re.DOTALL):
        found[name] = [re.sub("<[^>]+>", "", line) for line in re.findall(r"<(?:li|p)>(.*?)</(?:li|p)>", box, re.DOTALL)]
    return found


def test_what_decides_is_the_school_and_the_amount_that_bring_a_coefficient_to_its_limit(tmp_path: Path) -> None:
    said = boxes(render(tmp_path, SHAPE) / "index.html")["decides"]
    over = figures(
        tmp_path,
        """
        select c.*, d.unit from marts.fct_county_indicator c
        join marts.dim_indicator d using (ruleset_id, indicator_code, stage)
        where school_year = 2025 and verdict = 'unmet' order by c.stage desc, indicator_code
        """,
    )
    assert over
    named = 0
    for row in over:
        schools = figures(
            tmp_path,
            f"""
            select s.*, d.school_name from marts.fct_school_indicator s join marts.dim_school d using (school_year, school_code)
            where school_year = 2025 and stage = '{row["stage"]}' and indicator_code = '{row["indicator_code"]}'
            order by display_order
            """,
        )
        shares = [AmountShare(s["school_code"], s["school_name"], Fraction(s["numerator"]), s["pupils"]) for s in schools]
        for lever in levers(shares, Fraction(row["difference_limit"]), row["unit"]):
            shown, unit = amount(Decimal(lever.more.numerator) / lever.more.denominator, row["unit"])
            named += any(f"{lever.school.name}增加 {shown} {unit}" in line for line in said)
    assert named > 1
    assert any("校段中" in line and "不达标" in line for line in said)
    assert any("项要求不达标：G11 交流轮岗" in line for line in said)


def with_ledger(shape: Shape, **late: Any) -> dict[str, list[tuple[Any, ...]]]:
    made = make_rows(shape)
    made["fct_unit_performance"] = [("990101", unit, *numbers) for unit, numbers in late.items()]
    return made


def test_who_is_late_is_said_by_unit_the_latest_first(tmp_path: Path) -> None:
    late = {f"单位{n}": (n, 10 * n) for n in range(1, 7)}
    said = boxes(render(tmp_path, SHAPE, tables=with_ledger(SHAPE, **late, 按时的单位=(0, 0))) / "index.html")["late"]
    assert said[1:] == [
        *(f"单位{n}：{n} 件，最长逾期 {10 * n} 天" for n in (6, 5, 4, 3)),
        "另有 2 个单位有逾期",
    ]


def test_what_is_owed_names_files_requirements_and_schools(tmp_path: Path) -> None:
    facts = NightFacts(2, "2026-11-22", (), (REFUSED,), ())
    said = "\n".join(boxes(render(tmp_path, SHAPE, facts) / "index.html")["owed"])
    for line in ("被退回的文件 1 个：校车.xlsx", "待补资料的要求 2 项：Q8", "差异系数等 1 所学校补数："):
        assert line in said


@pytest.mark.parametrize("is_first", [True, False])
def test_without_a_comparable_release_nothing_is_said_to_be_unchanged(tmp_path: Path, is_first: bool) -> None:
    before = None if is_first else write_marts(tmp_path / "before.duckdb", Shape(years=(2023,)))
    write_site(write_marts(tmp_path / "junheng.duckdb", SHAPE), NOTHING, RELEASE, tmp_path / "site", before=before)
    said = boxes(tmp_path / "site" / "index.html")["changes"]
    assert said == ["首次发布，没有可比的上一版本。" if is_first else "上一版本没有本县本学年的结论可比。"]


def test_a_damaged_release_before_does_not_hold_up_this_one(tmp_path: Path) -> None:
    (tmp_path / "before.duckdb").write_bytes(b"no database" * 1000)
    db = write_marts(tmp_path / "junheng.duckdb", SHAPE)
    write_site(db, NOTHING, RELEASE, tmp_path / "site", before=tmp_path / "before.duckdb")
    assert boxes(tmp_path / "site" / "index.html")["changes"] == ["上一版本没有本县本学年的结论可比。"]


def changed(tmp_path: Path, before: dict[str, list[tuple[Any, ...]]]) -> list[str]:
    old = write_marts(tmp_path / "before.duckdb", SHAPE, before)
    write_site(write_marts(tmp_path / "junheng.duckdb", SHAPE), NOTHING, RELEASE, tmp_path / "site", before=old)
    return boxes(tmp_path / "site" / "index.html")["changes"]


def test_the_same_figures_are_no_change(tmp_path: Path) -> None:
    assert changed(tmp_path, make_rows(SHAPE)) == ["结论、系数、学校和台账都没有变化。"]


def test_what_changed_is_said_with_both_values(tmp_path: Path) -> None:
    made = make_rows(SHAPE)
    made["fct_issue"] = [("i1", "990101")]
    here = {"school_year": 2025, "stage": "primary"}
    before = dict(made)
    before["fct_county_indicator"] = replaced(
        "fct_county_indicator",
        made["fct_county_indicator"],
        here | {"indicator_code": "L1"},
        verdict="undecided",
        difference_coefficient_rounded=None,
    )
    before["fct_county_requirement"] = replaced(
        "fct_county_requirement", made["fct_county_requirement"], {"school_year": 2025, "requirement_code": "S1"}, verdict="unmet"
    )
    before["fct_school_verdict"] = replaced("fct_school_verdict", made["fct_school_verdict"], here, verdict="unmet")
    before["fct_county_verdict"] = replaced(
        "fct_county_verdict", made["fct_county_verdict"], {"school_year": 2025}, verdict="undecided"
    )
    before["fct_issue"] = []
    old = write_marts(tmp_path / "before.duckdb", SHAPE, before)
    write_site(write_marts(tmp_path / "junheng.duckdb", SHAPE, made), NOTHING, RELEASE, tmp_path / "site", before=old)
    said = boxes(tmp_path / "site" / "index.html")["changes"]
    now = figures(
        tmp_path,
        """
        select difference_coefficient_rounded as value from marts.fct_county_indicator
        where school_year = 2025 and stage = 'primary' and indicator_code = 'L1'
        """,
    )[0]["value"]
    met = figures(
        tmp_path,
        "select count(*) as n from marts.fct_school_verdict where school_year = 2025 and stage = 'primary' and verdict = 'met'",
    )[0]["n"]
    assert met
    assert said == [
        "总结论：待定 → 不达标",
        f"小学高于规定学历教师 — → {now}（待定 → 限值内）",
        f"小学达标校段：0 → {met} 个",
        "S1 社会认可度：不达标 → 达标",
        "台账：新建 1 件，了结 0 件，新逾期 0 件",
    ]
