"""The report's pages: nothing active, nothing from outside, values of cells as text."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations import datadocs


class Page(HTMLParser):
    """Tags and attributes a browser would see, and the text it would show."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def engine_page(value: str) -> str:
    """What the report engine makes of a cell: its own markup around the raw value."""
    return (
        '<!DOCTYPE html><html><head><title>x</title><link href="https://a/b.css"><style>i{}</style><script src="https://a/b.js">'
        '</script></head><body><nav class="navbar"><a href="../../index.html">Home</a></nav>'
        '<table id="t" data-toggle="table" onclick="x()"><tr><td><i class="fas fa-check-circle text-success" ></i></td>'
        f'<td style="color:red">{value}</td><td>after<br>all</td></tr></table><a href="#section-2">2</a>'
        "<script>engine('<td>')</script><footer><p>newsletter <a>Subscribe</a></p></footer></body></html>"
    )


ATTACKS = [
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<a href="javascript:alert(2)">x</a>',
    '<a href=" java&#x0a;script:alert(2)">x</a>',
    '<a href="//evil.example/x.html">x</a>',
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<script>alert(1)",
    "<style>td{display:none}",
    "<!-- swallow",
    "<![CDATA[ x ]]>",
    "<?xml x?>",
    "<title><i title='</title><svg onload=alert(1)>'>",
    "<textarea>",
    "<plaintext>",
    '<div style="position:fixed" onmouseover=alert(1)>x</div>',
    '<form action="https://evil.example"><button>go</button></form>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<base href='https://evil.example'>",
    "<nav>",
]


@pytest.mark.parametrize("value", ATTACKS)
def test_a_cell_is_never_markup_that_acts(value: str) -> None:
    shown = Page(datadocs.local(engine_page(value), "报告"))
    head = [(tag, attrs) for tag, attrs in shown.tags if tag in {"html", "head", "meta", "title", "link", "body"}]
    assert len(head) == 7, head
    assert head[3][1]["content"] == datadocs.CSP
    for tag, attrs in shown.tags:
        assert tag in datadocs._KEPT or (tag, attrs) in head
        if (tag, attrs) not in head:
            assert not set(attrs) - datadocs._ATTRIBUTES
            assert (attrs.get("href") or "#").startswith("#")
    assert "after" in shown.text


def test_an_unknown_tag_is_shown_as_the_text_it_is() -> None:
    assert "<svg/onload=alert(1)>" in Page(datadocs.local(engine_page("<svg/onload=alert(1)>"), "报告")).text
    assert "<3 & more" in Page(datadocs.local(engine_page("&lt;3 &amp; more"), "报告")).text


def test_marks_and_links_of_the_report_stay_and_the_newsletter_goes() -> None:
    text = datadocs.local(engine_page("300"), "报告")
    assert '<i class="fas fa-check-circle text-success"></i>' in text
    assert '<a href="#section-2">2</a>' in text
    assert "after<br>all" in text
    for gone in ("newsletter", "Subscribe", "<script", "<style", "https:", "navbar"):
        assert gone not in text


def test_the_start_page_escapes_and_has_the_policy(tmp_path: Path) -> None:
    row = {"source": "s", "check_id": "a", "expected": "<svg onload=x>", "rows_checked": 1, "rows_failed": 0, "status": "pass"}
    datadocs.publish(tmp_path / "night", "报告", {"s": engine_page("1")}, [row], {"b": "<b>"}, [])
    index = (tmp_path / "night" / "index.html").read_text(encoding="utf-8")
    assert datadocs.CSP in index
    assert "<svg" not in index
    assert "<h1>报告</h1>" in index
    assert '<a href="s.html">s</a>' in index
    assert (tmp_path / "night" / "static" / "data_docs.css").exists()
