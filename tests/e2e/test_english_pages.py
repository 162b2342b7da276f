"""The pages in English: one key away, offline, handed on from page to page, and the Chinese comes back as it was."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.browser import Browser

WIDTH = 1280
TEXT = "document.body.innerText"
LINKS = "[...document.links].map(link => link.getAttribute('href'))"
CHINESE = "[...document.querySelectorAll('h2, th')].map(e => e.textContent).filter(t => /[\\u4e00-\\u9fff]/.test(t))"
CHOOSE = """
for (const select of document.querySelectorAll('.tools select')) {
    const wanted = [...select.options].find(option => option.value.includes('不达标'));
    if (wanted) { select.value = wanted.value; select.dispatchEvent(new Event('change')); break; }
}
"""
LEFT = "[...document.querySelector('table').tBodies[0].rows].filter(row => !row.hidden).map(row => row.textContent)"


def press(browser: Browser, key: str, code: int) -> None:
    for kind in ("keyDown", "keyUp"):
        text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
        browser.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)


def test_a_key_turns_the_pages_to_english_and_back(browser: Browser, release: Path) -> None:
    page = release / "site" / "index.html"
    visit = browser.open(page, WIDTH)
    assert browser.evaluate("document.documentElement.lang") == "zh-CN"
    before, links = browser.evaluate(TEXT), browser.evaluate(LINKS)
    press(browser, "Tab", 9)
    assert browser.evaluate("document.activeElement.id") == "language"
    press(browser, "Enter", 13)
    english = browser.evaluate(TEXT)
    assert browser.evaluate("document.documentElement.lang") == "en"
    for heading in ("What decides", "Since the last release", "Issues", "What is owed", "Coefficients and their limits"):
        assert heading in english
    assert browser.evaluate(CHINESE) == []
    press(browser, "Enter", 13)
    assert browser.evaluate(TEXT) == before
    assert browser.evaluate(LINKS) == links
    assert visit.messages == []
    assert all(url.startswith((release.as_uri(), "data:")) for url in visit.requests)


def test_the_choice_goes_with_the_reader_where_the_browser_keeps_nothing(browser: Browser, release: Path) -> None:
    script = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('kept from pages of a disk'); } });"
    added = browser.send("Page.addScriptToEvaluateOnNewDocument", source=script)["identifier"]
    try:
        browser.open(release / "site" / "index.html", WIDTH)
        browser.evaluate("document.getElementById('language').click()")
        link = browser.evaluate("[...document.links].find(link => link.pathname.includes('/schools/')).href")
        visit = browser.visit(link, WIDTH)
        assert browser.evaluate("document.documentElement.lang") == "en"
        assert "Schools" in browser.evaluate("document.querySelector('h1').textContent")
        # rows are filtered by what was written, whatever language they are shown in
        browser.evaluate(CHOOSE)
        rows = browser.evaluate(LEFT)
        assert rows
        assert all("not met" in row for row in rows)
        assert visit.messages == []
    finally:
        browser.send("Page.removeScriptToEvaluateOnNewDocument", identifier=added)
    browser.open(release / "site" / "index.html", WIDTH)
    assert browser.evaluate("document.documentElement.lang") == "zh-CN"
