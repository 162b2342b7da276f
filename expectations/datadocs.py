"""The human report of a night's checks: the report engine's pages, made independent of the network.

Its templates load styles and scripts from public servers. Offices are offline, so every script, outside style sheet
and image is dropped, one style sheet of ours is laid beside the pages, and the start page (which needs scripts) is
replaced by a plain table.
"""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import Any

STYLE = Path(__file__).parent / "static" / "data_docs.css"
WORDS = {"pass": "符合", "warn": "提醒", "fail": "不符合", "no_data": "没有可检查的数据", "did_not_run": "未运行"}

_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_TAGS = re.compile(r"<(?:link|img|iframe|base)\b[^>]*>|</iframe\s*>", re.IGNORECASE)
_OUTSIDE_ANCHOR = re.compile(r"(<a\b[^>]*?)\shref=(\"https?:[^\"]*\"|'https?:[^']*')", re.IGNORECASE)
_HOME = re.compile(r"(?:\.\./)+index\.html")
_STYLE_URL = re.compile(r"@import[^;]*;|url\(\s*['\"]?https?:[^)]*\)", re.IGNORECASE)
_HANDLER = re.compile(r"\son[a-z]+=(\"[^\"]*\"|'[^']*')", re.IGNORECASE)


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
        (staged / f"{source}.html").write_text(local(page), encoding="utf-8")
    (staged / "index.html").write_text(_index(title, rows, beside, sorted(pages), problems), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)


def local(page: str) -> str:
    """A page without scripts and outside resources, with our style sheet."""
    for pattern in (_SCRIPT, _TAGS, _STYLE_URL, _HANDLER):
        page = pattern.sub("", page)
    page = _HOME.sub("index.html", _OUTSIDE_ANCHOR.sub(r"\1", page))
    return page.replace("</head>", f'<link rel="stylesheet" href="static/{STYLE.name}">\n</head>', 1)


def _index(title: str, rows: list[dict[str, Any]], beside: dict[str, str], pages: list[str], problems: list[str]) -> str:
    body = []
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
    return (
        f'<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        f'<link rel="stylesheet" href="static/{STYLE.name}">\n</head>\n<body>\n<h1>{html.escape(title)}</h1>\n'
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )
