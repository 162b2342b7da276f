"""What a head, a principal and an auditor ask, answered by the page they open; every figure that of its mart; nobody left out."""

from __future__ import annotations

import base64
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from publish.site.levers import AmountShare, Lever, levers
from publish.site.noun_kinds import noun_settings
from publish.words.formats import amount, beside, plain
from tests.e2e.browser import Browser
from tests.e2e.nights import Night, query
from tests.e2e.test_pages import press, waited

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
SECTIONS = """
Object.fromEntries([...document.querySelectorAll('h2')].map(head => {
  let next = head.nextElementSibling;
  while (next && !next.querySelector('table') && next.tagName !== 'H2') { next = next.nextElementSibling; }
  const table = next && next.tagName !== 'H2' ? next.querySelector('table') : null;
  return [head.innerText, table ? [...table.rows].map(row => [...row.cells].map(cell => cell.innerText.trim())) : []];
}))
"""
BOXES = """
Object.fromEntries([...document.querySelectorAll('.screen section')].map(box =>
  [box.id, [box.innerText, box.getBoundingClientRect().bottom]]))
"""
SHEETS = """
[...document.querySelectorAll('style')].flatMap(style => [...style.sheet.cssRules])
  .filter(rule => rule instanceof CSSPageRule).map(rule => rule.cssText).join(' ')
"""
FAULTS = """
axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'], resultTypes: ['violations']})
  .then(result => result.violations.map(found => found.id + ': ' + found.nodes[0].html.slice(0, 160)))
"""


def sections(browser: Browser, page: Path) -> dict[str, list[list[str]]]:
    """The table below each heading of a page, its header first."""
    browser.open(page, 1280)
    return dict(browser.evaluate(SECTIONS))


def boxes(browser: Browser, release: Path) -> dict[str, str]:
    """Texts of the first screen; nothing of it lies below the edge of a small desk."""
    browser.open(release / "site" / "index.html", 1280)
    shown = browser.evaluate(BOXES)
    assert list(shown) == ["decides", "changes", "late", "owed"]
    assert {name: bottom for name, (_, bottom) in shown.items() if bottom > 800} == {}
    return {name: text for name, (text, _) in shown.items()}


def test_a_head_reads_from_the_first_screen_whether_the_county_passes(
    browser: Browser, release: Path, sample_night: Night
) -> None:
    boxes(browser, release)
    verdict = query(sample_night, "from marts.fct_county_verdict where school_year = 2025 and ruleset_id = 'national-2017'")[0]
    heading = browser.evaluate("document.querySelector('h1').innerText")
    assert {"met": "全部达标", "unmet": "尚未达标", "undecided": "暂不能下结论"}[verdict["verdict"]] in heading
    badges = browser.evaluate("document.querySelector('.badges').innerText")
    assert f"达标 {verdict['n_met']} 项，不达标 {verdict['n_unmet']} 项，待定 {verdict['n_undecided']} 项" in badges
    assert browser.evaluate("document.querySelector('.badges').getBoundingClientRect().bottom") < 400


def test_a_head_reads_which_school_and_amount_decide(browser: Browser, release: Path, sample_night: Night) -> None:
    shown = boxes(browser, release)["decides"]
    over = query(
        sample_night,
        """
        select c.*, d.unit from marts.fct_county_indicator c join marts.dim_indicator d using (ruleset_id, indicator_code, stage)
        where school_year = 2025 and ruleset_id = 'national-2017' and verdict = 'unmet'
        """,
    )
    assert len(over) == 2
    for row in over:
        schools = query(
            sample_night,
            f"""
            select s.*, d.school_name from marts.fct_school_indicator s
            join marts.dim_school d using (county_code, school_year, school_code)
            where s.school_year = 2025 and s.ruleset_id = 'national-2017' and s.stage = '{row["stage"]}'
                and s.indicator_code = '{row["indicator_code"]}'
            """,
        )
        limit = row["difference_limit"]
        shares = [AmountShare(s["school_code"], s["school_name"], Fraction(s["numerator"]), s["pupils"]) for s in schools]
        chosen = levers(shares, Fraction(limit), row["unit"])
        assert len(chosen) == 1
        more, unit = amount(Decimal(chosen[0].more.numerator) / chosen[0].more.denominator, row["unit"])
        assert f"{chosen[0].school.name}增加 {more} {unit}" in shown
        assert spread(schools, chosen[0]) <= float(limit) < spread(schools, None)


def spread(schools: list[dict[str, Any]], lever: Lever | None) -> float:
    """The coefficient of variation, weighted by pupils, as the rule writes it."""
    pupils = [school["pupils"] for school in schools]
    amounts = [
        float(school["numerator"])
        + (float(lever.more) if lever is not None and school["school_code"] == lever.school.school_code else 0.0)
        for school in schools
    ]
    values = [number / people for number, people in zip(amounts, pupils, strict=True)]
    mean = sum(amounts) / sum(pupils)
    return (sum(p * (v - mean) ** 2 for p, v in zip(pupils, values, strict=True)) / sum(pupils)) ** 0.5 / mean


def test_a_head_reads_who_is_late_and_what_is_owed(browser: Browser, release: Path, sample_night: Night) -> None:
    shown = boxes(browser, release)
    counts = query(
        sample_night,
        "select count(*) filter (where is_open) as n, count(*) filter (where is_overdue) as late from marts.fct_issue",
    )[0]
    assert f"未了结 {counts['n']} 件，其中逾期 {counts['late']} 件" in shown["late"]
    late = query(sample_night, "from marts.fct_unit_performance where overdue_count > 0")
    assert late
    for unit in late:
        line = f"{unit['unit_zh']}：{unit['overdue_count']} 件，最长逾期 {unit['longest_overdue_days']} 天"
        assert line in shown["late"]
    for file in query(sample_night, "select file_name from marts.aud_submission where status = 'refused'"):
        assert file["file_name"].rpartition("/")[2] in shown["owed"]
    waiting = query(
        sample_night,
        """
        select distinct requirement_code from marts.fct_county_requirement
        where school_year = 2025 and ruleset_id = 'national-2017' and verdict = 'undecided'
        """,
    )
    assert f"待补资料的要求 {len(waiting)} 项" in shown["owed"]
    assert all(row["requirement_code"] in shown["owed"] for row in waiting)
    assert "首次发布" in shown["changes"]


def test_a_principal_reads_every_indicator_against_standard_and_floor(
    browser: Browser, release: Path, sample_night: Night
) -> None:
    rows = query(
        sample_night,
        """
        select f.*, d.name_zh from marts.fct_school_indicator f
        join marts.dim_indicator d using (ruleset_id, indicator_code, stage)
        where f.school_year = 2025 order by school_code, ruleset_id desc, stage desc, indicator_code
        """,
    )
    schools = dict.fromkeys(row["school_code"] for row in rows)
    compared = 0
    for school in list(schools)[::12]:
        head, *table = sections(browser, release / "site" / "school" / f"990101-{school}.html")["各项指标，对照标准和底线"]
        at = {label.removesuffix(" ↕"): place for place, label in enumerate(head)}
        for cells, row in zip(table, [row for row in rows if row["school_code"] == school], strict=True):
            assert cells[at["指标"]] == row["name_zh"]
            expected = "" if row["value"] is None else beside(row["value"], row["standard"], 2)
            assert cells[at["指标值"]] == expected
            for label, name in (("标准值", "standard"), ("底线值（85%）", "floor")):
                assert cells[at[label]] == ("" if row[name] is None else plain(row[name]))
            compared += 1
    assert compared > 50


def test_an_auditor_reads_from_a_requirement_what_it_rests_on(browser: Browser, release: Path, sample_night: Night) -> None:
    row = query(
        sample_night,
        """
        from marts.fct_county_requirement
        where school_year = 2025 and ruleset_id = 'national-2017' and requirement_code = 'G11' and part = 'b'
        """,
    )[0]
    page = sections(browser, release / "site" / "requirement" / "990101-national-2017-G11.html")
    head, *parts = page["结论和由来"]
    at = {label: place for place, label in enumerate(head)}
    line = next(cells for cells in parts if cells[at["结论说明"]] == row["conclusion_zh"] and cells[0].startswith("2025"))
    assert (line[at["分子"]], line[at["分母"]]) == (plain(row["numerator"]), plain(row["denominator"]))
    declared = sections(browser, release / "site" / "requirement" / "990101-national-2017-G1.html")
    evidence = query(
        sample_night,
        """
        select evidence_zh from marts.rpt_evidence
        where school_year = 2025 and ruleset_id = 'national-2017' and requirement_code = 'G1'
        """,
    )
    assert {cells[1] for cells in declared["佐证"][1:]} == {row["evidence_zh"] for row in evidence} != set()


def test_sums_on_pages_of_topics_are_those_of_the_marts(browser: Browser, release: Path, sample_night: Night) -> None:
    places = sections(browser, release / "site" / "places" / "990101.html")["全县各年"]
    rows = query(
        sample_night,
        """
        select entry_year, sum(children) as a, sum(grade1_places) as b, sum(spare_places) as c from marts.rpt_place_forecast
        where school_year = 2025 group by 1 order by 1
        """,
    )
    at = {label: place for place, label in enumerate(places[0])}
    labels = ("入学学年", "适龄人口", "现一年级学位", "学位余缺")
    expected = [[str(r["entry_year"]), *(plain(Decimal(r[k])) for k in "abc")] for r in rows]
    assert [[cells[at[label]] for label in labels] for cells in places[1:]] == expected
    money = sections(browser, release / "site" / "projects" / "990101.html")["资金合计（万元）"]
    totals = query(sample_night, "select sum(budget_wan_yuan) as a, sum(unfunded_wan_yuan) as b from marts.fct_project")[0]
    assert plain(totals["a"]) in money[1]
    assert plain(totals["b"]) in money[1]
    tasks = sections(browser, release / "site" / "unit" / "990101-教育局规划股.html")["任务"]
    owned = query(sample_night, "select count(*) as n from marts.rpt_unit_task where unit_zh = '教育局规划股'")[0]["n"]
    assert len(tasks) - 1 == owned > 10


def inspected(release: Path) -> list[Path]:
    """A page of each kind that is neither the largest nor empty."""
    site = release / "site"
    pages = [site / "index.html", site / "search.html", site / "figures" / "990101-national-2017-L4.html"]
    for name in (name for name, kind in noun_settings().kinds.items() if kind.from_counties == 1):
        of_kind = sorted((site / name).glob("*.html"), key=lambda page: page.stat().st_size)
        pages.append(of_kind[len(of_kind) // 2])
    return pages


def violations(browser: Browser, page: Path, width: int) -> list[str]:
    browser.open(page, width)
    browser.evaluate(AXE.read_text(encoding="utf-8") + ";0")
    return list(browser.evaluate(FAULTS))


def test_no_page_shuts_a_reader_out(browser: Browser, release: Path) -> None:
    pages = inspected(release)
    assert len(pages) > 15
    found = {page.relative_to(release).as_posix(): violations(browser, page, 390) for page in pages}
    found["desk"] = violations(browser, release / "site" / "index.html", 1280)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("planted", "rule"),
    [("<p style='color:#bbb'>weiss</p>", "color-contrast"), ("<img src='data:,'>", "image-alt"), ("<input>", "label")],
)
def test_a_page_that_does_is_noticed(browser: Browser, tmp_path: Path, planted: str, rule: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><html lang=zh><title>x</title><main><h1>x</h1>{planted}</main></html>", encoding="utf-8")
    assert any(wrong.startswith(rule) for wrong in violations(browser, page, 390))


def test_every_printed_sheet_names_the_release(browser: Browser, release: Path) -> None:
    for page in (release / "site" / "index.html", release / "site" / "school" / "990101-2199000001.html"):
        browser.open(page, 1280)
        sheets = browser.evaluate(SHEETS)
        assert "@bottom-right" in sheets
        assert release.name in sheets
        browser.send("Emulation.setEmulatedMedia", media="print")
        unseen = "[...document.querySelectorAll('nav, .tools, .jump')].filter(element => element.offsetParent !== null).length"
        assert browser.evaluate(unseen) == 0
        browser.send("Emulation.setEmulatedMedia", media="")
        pdf = base64.b64decode(browser.send("Page.printToPDF", preferCSSPageSize=True)["data"])
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 3


def test_a_name_is_found_by_the_keyboard_alone(browser: Browser, release: Path) -> None:
    browser.open(release / "site" / "search.html", 1280)
    browser.evaluate("document.querySelector('input').focus()")
    press(browser, *"柳河乡九年一贯制学校")
    first = "(document.querySelector('#results a') || {}).innerText"
    assert waited(browser, first, "柳河乡九年一贯制学校") == "柳河乡九年一贯制学校"
    link = browser.evaluate("document.querySelector('#results a').href")
    press(browser, "Tab")
    assert browser.evaluate("document.activeElement.href") == link
    press(browser, "Enter")
    assert waited(browser, "document.querySelector('h1') && document.querySelector('h1').innerText", "柳河乡九年一贯制学校")


def test_each_table_of_a_page_is_filtered_by_its_own_tools(browser: Browser, release: Path) -> None:
    browser.open(release / "site" / "school" / "990101-3199000011.html", 1280)
    tools = "document.querySelectorAll('.tools')"
    assert browser.evaluate(f"{tools}.length") >= 2
    count = "[...{0}.nextElementSibling.querySelectorAll('tbody tr')].filter(row => !row.hidden).length"
    first, second = count.format(f"{tools}[0]"), count.format(f"{tools}[1]")
    before = browser.evaluate(first)
    browser.evaluate(
        f"(() => {{ const s = {tools}[1].querySelector('input'); s.value = '不会有的'; s.dispatchEvent(new Event('input')); }})()"
    )
    assert waited(browser, second, 0) == 0
    assert browser.evaluate(first) == before > 0
