"""The pages of a release in a real browser: quiet, offline, as wide as desk or telephone, every figure that of the mart."""

from __future__ import annotations

import json
import re
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from publish.site.noun_kinds import noun_settings
from publish.words.formats import fixed, plain
from tests.e2e.browser import Browser
from tests.e2e.nights import Night, query

WIDTHS = (1280, 390)
ROWS = """
[...document.querySelectorAll('table.figure')].map(table => [...table.tBodies[0].rows].map(
    row => [...row.cells].map(cell => [cell.innerText, cell.title])))
"""


def faults(browser: Browser, page: Path, release: Path, width: int) -> list[str]:
    """What is wrong with a page at a width."""
    visit = browser.open(page, width)
    outside = [url for url in visit.requests if not url.startswith((release.as_uri(), "data:"))]
    found = [f"message {text}" for text in visit.messages] + [f"request {url}" for url in outside]
    if visit.scroll_width > visit.width:
        found.append(f"{visit.scroll_width} wide")
    return found


def test_every_page_is_quiet_offline_and_fits(browser: Browser, release: Path) -> None:
    pages = [page for page in sorted(release.rglob("*.html")) if page.parent.parent != release / "site"]
    assert {"site", "audit", "dbt_docs"} == {page.relative_to(release).parts[0] for page in pages}
    figures = sorted((release / "site" / "figures").iterdir())
    assert len(figures) == 17
    nouns = [page for name in noun_settings().kinds for page in largest(release / "site" / name)]
    assert len(nouns) > 20
    pages += figures + nouns
    found = {
        f"{page.relative_to(release)} at {width}": wrong
        for page in pages
        for width in WIDTHS
        if (wrong := faults(browser, page, release, width))
    }
    assert found == {}


def largest(folder: Path, most: int = 2) -> list[Path]:
    """The largest pages of a kind."""
    return sorted(folder.glob("*.html"), key=lambda page: page.stat().st_size)[-most:]


def test_no_page_is_larger_than_a_telephone_opens_at_once(release: Path) -> None:
    sizes = {page.relative_to(release).as_posix(): page.stat().st_size for page in (release / "site").rglob("*.html")}
    assert len(sizes) > 100
    assert {name: size for name, size in sizes.items() if size > 300_000} == {}


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("<script>console.error('x')</script>", "message"),
        ("<img src='missing.png'>", "message"),
        ("<img src='http://127.0.0.1:9/x.png'>", "request"),
        ("<div style='width: 3000px'>x</div>", "wide"),
    ],
)
def test_a_page_that_is_not_is_noticed(browser: Browser, release: Path, tmp_path: Path, planted: str, fault: str) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta name=viewport content='width=device-width'><body>{planted}</body>")
    assert any(fault in wrong for wrong in faults(browser, page, tmp_path, 390))


def test_every_page_shows_that_nobody_signed(browser: Browser, release: Path) -> None:
    stamp = "getComputedStyle(document.querySelector('.stamp'), '::after').content"
    for page in (
        "site/index.html",
        "audit/index.html",
        "audit/signature/index.html",
        "site/figures/990101-national-2017-L4.html",
    ):
        browser.open(release / page, WIDTHS[0])
        assert browser.evaluate(stamp) == '"未签发"'


def shown(browser: Browser, page: Path) -> tuple[list[list[list[list[str]]]], str]:
    browser.open(page, WIDTHS[0])
    return browser.evaluate(ROWS), browser.evaluate("document.body.innerText")


def text(value: Decimal | int | None, decimals: int | None = None) -> str:
    if value is None:
        return "—"
    return plain(value) if decimals is None else fixed(value, decimals)


def value_text(row: dict[str, Any], decimals: int, shown_as: str | None) -> str:
    """A school's value with the form's decimals, or with as many as tell it from its standard; a ratio also as 1 to how many."""
    if row["value_rounded"] == row["standard"] != row["value"]:
        decimals = next(n for n in range(decimals, 12) if round(row["value"], n) != row["standard"])
    printed = text(row["value"], decimals)
    return printed if shown_as is None or not row["value"] else f"{printed}（1:{plain(Decimal(fixed(1 / row['value'], 2)))}）"


def test_every_figure_on_the_pages_is_that_of_the_mart(browser: Browser, release: Path, sample_night: Night) -> None:
    coefficients = query(
        sample_night,
        """
        select f.*, d.is_composite, d.coefficient_decimals, d.decimals, d.shown_as from marts.fct_county_indicator f
        join marts.dim_indicator d using (ruleset_id, indicator_code, stage)
        where school_year = 2025 order by ruleset_id, indicator_code, stage desc
        """,
    )
    schools = query(
        sample_night,
        """
        select s.*, c.term, c.pupil_share from marts.fct_school_indicator s
        left join marts.fct_county_contribution c
            using (county_code, school_year, school_code, stage, indicator_code, ruleset_id)
        left join marts.dim_school d using (county_code, school_year, school_code)
        where s.school_year = 2025 order by d.display_order nulls last, s.school_code
        """,
    )
    labels = {"met": "● 达标", "floor_met": "◐ 达到85%", "unmet": "◆ 不达标", "undecided": "▨ 待定", None: "—"}
    compared = 0
    for key in dict.fromkeys((row["ruleset_id"], row["indicator_code"]) for row in coefficients):
        tables, body = shown(browser, release / "site" / "figures" / f"990101-{key[0]}-{key[1]}.html")
        stages = [row for row in coefficients if (row["ruleset_id"], row["indicator_code"]) == key]
        for row in stages:
            for name in ("county_mean", "standard_deviation", "difference_coefficient"):
                if row[name] is not None and row["difference_coefficient"] is not None:
                    assert plain(row[name]) in body, (key, name)
            if row["difference_coefficient"] is not None:
                assert f"取三位小数 {text(row['difference_coefficient_rounded'], row['coefficient_decimals'])}" in body
            elif row["waiting_for"]:
                assert row["waiting_for"] in body
        expected = []
        for stage in stages:
            own = [row for row in schools if (row["ruleset_id"], row["indicator_code"], row["stage"]) == (*key, stage["stage"])]
            expected += [(stage, own)] if own else []
        for (stage, rows), table in zip(expected, tables, strict=True):
            assert len(table) == len(rows)
            for cells, row in zip(table, rows, strict=True):
                assert row["school_code"] in cells[0][0]
                assert cells[1][1] == text(row["numerator"])
                assert cells[2][0] == text(row["pupils"])
                assert cells[3] == [value_text(row, stage["decimals"], stage["shown_as"]), text(row["value"])]
                assert cells[4][0].splitlines()[0] == labels[row["verdict"]]
                assert cells[5][0] == text(None if row["pupil_share"] is None else row["pupil_share"] * 100, 2)
                assert cells[6] == [text(row["term"], 6), text(row["term"])]
                compared += 1
    assert compared == len(schools) > 400


def test_county_page_leads_to_the_figures_and_the_pack_to_its_tables(browser: Browser, release: Path) -> None:
    browser.open(release / "site" / "index.html", WIDTHS[0])
    links = json.loads(browser.evaluate("JSON.stringify([...document.querySelectorAll('a')].map(a => a.href))"))
    figures = {link for link in links if "/figures/" in link}
    assert figures == {path.as_uri() for path in (release / "site" / "figures").iterdir()}
    assert (release / "audit" / "index.html").as_uri() in links


def test_what_is_wanted_of_the_pages_is_in_them(browser: Browser, release: Path) -> None:
    _, body = shown(browser, release / "site" / "figures" / "990101-national-2017-L4.html")
    for said in ("数量 = 教学及辅助用房面积 − 室内体育用房面积", "权重：小学 1、初中 1.1", "全校 ", "体育艺术教师多于专任教师"):
        assert said in body


AUDIT = """
[...document.querySelectorAll('td, th')].filter(cell => !cell.matches('.file, .hash')).map(cell => cell.innerText.trim())
"""
CODE = re.compile(r"[a-z][a-z0-9]*(?:[_.][a-z0-9]+)+|^[a-z][a-z-]*$")
HEADER = re.compile(r"（[a-z][a-z0-9_]*）")
"""The English header of a column, in brackets behind its Chinese one."""


def audit_pages(release: Path) -> list[Path]:
    return sorted((release / "audit").glob("*.html"))


def test_no_code_is_printed_in_the_audit_pages(browser: Browser, release: Path) -> None:
    printed: dict[str, set[str]] = {}
    for page in audit_pages(release):
        browser.open(page, WIDTHS[0])
        texts = {HEADER.sub("", text) for text in browser.evaluate(AUDIT)}
        assert texts or page.stem == "aud_correction"
        if codes := {text for text in texts if CODE.search(text)}:
            printed[page.name] = codes
    assert printed == {}


SHOWN = "[...document.querySelectorAll('table.ledger tbody tr')].filter(row => !row.hidden)"
FIRST = f"{SHOWN}.map(row => row.cells[0].innerText)"


def press(browser: Browser, *keys: str) -> None:
    codes = {"Tab": 9, "Enter": 13, "End": 35}
    for key in keys:
        for kind in ("keyDown", "keyUp"):
            text = {"Enter": "\r"}.get(key, "" if len(key) > 1 else key) if kind == "keyDown" else ""
            browser.send("Input.dispatchKeyEvent", type=kind, key=key, text=text, windowsVirtualKeyCode=codes.get(key, 0))


def waited(browser: Browser, script: str, wanted: object) -> object:
    """What a script gives, once it is what is wanted or two seconds have passed."""
    for _ in range(40):
        if (found := browser.evaluate(script)) == wanted:
            break
        time.sleep(0.05)
    return found


def test_a_table_is_filtered_and_sorted_by_the_keyboard_alone(browser: Browser, release: Path) -> None:
    browser.open(release / "audit" / "fct_joint_review.html", WIDTHS[0])
    every = browser.evaluate(f"{SHOWN}.length")
    states = browser.evaluate(FIRST)
    bad = [state in ("不一致", "变动过大") for state in states]
    assert bad == sorted(bad, reverse=True)
    assert 0 < states.count("变动过大") < sum(bad)
    holding = browser.evaluate(f"{SHOWN}.filter(row => row.innerText.includes('乙方没有数据')).length")
    assert 0 < holding < every
    browser.evaluate("document.querySelector('.tools input').focus()")
    press(browser, *"乙方没有数据")
    assert waited(browser, f"{SHOWN}.length", holding) == holding
    assert f"显示 {holding:,} / {every:,} 行" in browser.evaluate("document.querySelector('output').value")
    browser.evaluate("document.querySelector('.tools button').focus()")
    press(browser, "Enter")
    assert waited(browser, f"{SHOWN}.length", every) == every
    # the third column of numbers, ascending, descending, and as it was
    column = "[...document.querySelectorAll('thead th.n')][2]"
    values = (
        f"{SHOWN}.map(row => row.cells[{column}.cellIndex].innerText).filter(Boolean).map(t => Number(t.replaceAll(',', '')))"
    )
    before = browser.evaluate(values)
    browser.evaluate(f"{column}.querySelector('button').focus()")
    for state, expected in (("ascending", sorted(before)), ("descending", sorted(before, reverse=True)), ("none", before)):
        press(browser, "Enter")
        assert browser.evaluate(f"{column}.getAttribute('aria-sort')") == state
        assert browser.evaluate(values) == expected


def test_a_change_since_last_year_is_no_disagreement(browser: Browser, release: Path) -> None:
    browser.open(release / "audit" / "fct_joint_review.html", WIDTHS[0])
    of_years = f"{SHOWN}.filter(row => row.innerText.includes('统计与上学年')).map(row => row.cells[0].innerText)"
    assert set(browser.evaluate(of_years)) == {"变动过大", "一致", "待定"}


def test_every_number_of_the_start_page_leads_to_as_many_rows(browser: Browser, release: Path) -> None:
    browser.open(release / "audit" / "index.html", WIDTHS[0])
    found = browser.evaluate("[...document.querySelectorAll('table.found td.bad a')].map(link => [link.innerText, link.href])")
    assert len(found) > 10
    wrong = []
    for number, link in found:
        page, _, fragment = link.partition("#")
        browser.open(Path(unquote(urlsplit(page).path)), WIDTHS[0])
        browser.evaluate(f"location.hash = {json.dumps(fragment)}")
        count = int(number.replace(",", ""))
        if waited(browser, f"{SHOWN}.length", count) != count:
            wrong.append((number, unquote(link)))
    assert wrong == []


def test_a_check_leads_to_its_entry_the_entry_to_the_file_and_the_file_to_the_cells(browser: Browser, release: Path) -> None:
    """From the refused file of the sample: result of the check, catalogue, file, the rows that were left out."""

    def follow(script: str) -> None:
        link = browser.evaluate(f"({script}).href")
        browser.open(release / "audit" / "index.html", WIDTHS[0])
        browser.send("Page.navigate", url=link)
        assert waited(browser, "location.href", link) == link
        waited(browser, "document.readyState", "complete")

    browser.open(release / "audit" / "aud_check_result.html", WIDTHS[0])
    row = f"{SHOWN}.find(row => row.innerText.includes('校车台账'))"
    entry, file, *_ = browser.evaluate(f"[...{row}.querySelectorAll('a')].map(link => link.hash)")
    follow(f"{row}.querySelector('a[href^=dim_check]')")
    assert browser.evaluate(f"document.getElementById({json.dumps(unquote(entry[1:]))}).innerText").startswith("表样不认识")
    browser.open(release / "audit" / "aud_check_result.html", WIDTHS[0])
    follow(f"{row}.querySelector('a[href^=aud_submission]')")
    target = f"document.getElementById({json.dumps(unquote(file[1:]))})"
    assert "校车台账.xlsx" in browser.evaluate(f"{target}.innerText")
    follow(f"{target}.querySelector('a[href^=aud_check_result]')")
    assert waited(browser, f"{SHOWN}.length", 1) == 1
