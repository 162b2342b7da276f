"""The human report of a night's checks: the report engine's pages, made harmless and independent of the network.

Its templates load styles and scripts from public servers, and cells of delivered files stand in its tables. So a page
is written anew from an allow-list of tags and attributes: scripts, style sheets, forms and the vendor's footer are left
out, any other tag (one that stood in a cell) is shown as the text it is, and links stay within the report. One style
sheet of ours lies beside the pages, and the start page (which needs scripts) is replaced by a plain table.
"""

from __future__ import annotations

import html
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

STYLE = Path(__file__).parent / "static" / "data_docs.css"
WORDS = {"pass": "符合", "warn": "提醒", "fail": "不符合", "no_data": "没有可检查的数据", "did_not_run": "未运行"}

CSP = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
"""What a page may load: nothing but our style sheet."""

_TEXT_TAGS = {"a", "b", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "p", "pre", "small", "strong"}
_LAYOUT_TAGS = {"div", "li", "ol", "span", "table", "tbody", "td", "th", "thead", "tr", "ul"}
_KEPT = _TEXT_TAGS | _LAYOUT_TAGS
_VOID = {"br", "hr"}
_EMPTIED = {"nav", "label", "footer", "button"}
"""Left out with everything in them: what needs scripts, the vendor's newsletter."""
_OMITTED = {"body", "html", "iframe", "img", "input", "link", "base", "meta"}
"""Left out; what they hold stays."""
_ATTRIBUTES = {"class", "colspan", "hidden", "href", "id", "rowspan"}
_LOCAL_LINK = re.compile(r"#[\w-]*|[\w-]+\.html(?:#[\w-]*)?")
# a script that stood in a cell and was never closed takes nothing else with it
_SCRIPT = re.compile(r"<(script|style)\b[^>]*>(?:(?!<(?:script|style)\b|</td\b).)*</\1\s*>", re.DOTALL | re.IGNORECASE)
_BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)


def publish(
    target: Path,
    title: str,
    pages: dict[str, str],
    rows: list[dict[str, Any]],
    beside: dict[str, str],
    problems: list[str],
) -> None:
    """Write the pages (by source) and the start page to the folder ``target``, with nothing that asks for the network.

    ``rows`` are the results of the start page, ``beside`` what is judged elsewhere (check id → reason), ``problems``
    where the two engines disagree.
    """
    staged = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "static").mkdir(parents=True)
    shutil.copyfile(STYLE, staged / "static" / STYLE.name)
    for source, page in pages.items():
        (staged / f"{source}.html").write_text(local(page, f"{title}：{source}"), encoding="utf-8")
    (staged / "index.html").write_text(_index(title, rows, beside, sorted(pages), problems), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)


def local(page: str, title: str) -> str:
    """The engine's page without anything active or from outside, with our style sheet."""
    body = _BODY.search(page)
    cleaner = _Cleaner()
    cleaner.feed(_SCRIPT.sub("", body[1] if body else page).replace("<!--", "&lt;!--"))
    cleaner.close()
    return _document(title, "".join(cleaner.parts))


class _Cleaner(HTMLParser):
    """Writes allowed tags and attributes anew, and everything else as text."""

    def set_cdata_mode(self, elem: str, **_: bool) -> None:
        """No tag turns what follows into raw text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._emptied: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _EMPTIED:
            self._emptied.append(tag)
        elif self._emptied or tag in _OMITTED:
            return
        elif tag in _KEPT:
            self.parts.append(f"<{tag}{''.join(_attribute(name, value or '') for name, value in attrs)}>")
        else:
            self.handle_data(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTIED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "td":  # what was opened in a cell ends with it
            self._emptied.clear()
        if tag in _EMPTIED:
            while self._emptied and self._emptied.pop() != tag:
                pass
        elif tag in _KEPT and tag not in _VOID and not self._emptied:
            self.parts.append(f"</{tag}>")
        elif tag not in _OMITTED | _KEPT:
            self.handle_data(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._emptied:
            self.parts.append(html.escape(data))

    def handle_decl(self, decl: str) -> None:
        self.handle_data(f"<!{decl}>")

    def unknown_decl(self, data: str) -> None:
        self.handle_data(f"<![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.handle_data(f"<?{data}>")


def _attribute(name: str, value: str) -> str:
    if name not in _ATTRIBUTES or (name == "href" and not _LOCAL_LINK.fullmatch(value)):
        return ""
    return f' {name}="{html.escape(value)}"'


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}">\n<title>{html.escape(title)}</title>\n'
        f'<link rel="stylesheet" href="static/{STYLE.name}">\n</head>\n<body>\n{body}\n</body>\n</html>\n'
    )


def _index(title: str, rows: list[dict[str, Any]], beside: dict[str, str], pages: list[str], problems: list[str]) -> str:
    body = [f"<h1>{html.escape(title)}</h1>"]
    if problems:
        body.append('<h2 class="fail">两个检查引擎的计数不一致，本夜没有收下任何文件</h2>\n<ul>')
        body += [f"<li>{html.escape(problem)}</li>" for problem in problems]
        body.append("</ul>")
    for source in dict.fromkeys([*(row["source"] for row in rows), *pages]):
        link = f'<a href="{source}.html">{html.escape(source)}</a>' if source in pages else html.escape(source)
        body.append(
            f"<h2>{link}</h2>\n<table><tr><th>检查</th><th>含义</th><th>检查行数</th><th>不合格行数</th><th>结果</th></tr>"
        )
        for row in rows:
            if row["source"] == source:
                cells = f"<td>{html.escape(row['check_id'])}</td><td>{html.escape(row['expected'])}</td>"
                numbers = f'<td class="number">{row["rows_checked"]}</td><td class="number">{row["rows_failed"]}</td>'
                body.append(f'<tr>{cells}{numbers}<td class="{row["status"]}">{WORDS[row["status"]]}</td></tr>')
        body.append("</table>")
    body.append("<h2>不在本报告中的检查</h2>\n<ul>")
    body += [f"<li>{html.escape(check)}：{html.escape(reason)}</li>" for check, reason in beside.items()]
    body.append("</ul>")
    return _document(title, "\n".join(body))
