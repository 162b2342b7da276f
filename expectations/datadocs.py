"""The human report of a night's checks by the second engine: one plain page, in Chinese, independent of the network.

What the engine counts by its own means (a native expectation) is a second opinion. A rule that it only runs as it was given, in
our SQL, shows that the rule ran over the rows and nothing more; the page counts the two apart. It shows no value of a cell: what
was left out, and where it stood, is said by the quarantined rows.
"""

from __future__ import annotations

import html
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

STYLE = Path(__file__).parent / "static" / "data_docs.css"
WORDS = {"pass": "符合", "warn": "提醒", "fail": "不符合", "no_data": "没有可检查的数据", "did_not_run": "未运行"}
_WORST = ("fail", "warn", "did_not_run", "no_data", "pass")

CSP = "default-src 'none'; style-src 'self'"
"""What the page may load: nothing but our style sheet."""


@dataclass(frozen=True)
class EngineCheck:
    """One check of one source, as the second engine saw it."""

    source: str
    """Chinese title of the source."""
    title: str
    native: int
    """Expectations that the engine counts by its own means."""
    passed_through: int
    """Expectations that run our SQL."""
    rows_checked: int
    rows_failed: int
    status: str


def publish(
    target: Path, title: str, lines: Sequence[EngineCheck], beside: Sequence[tuple[str, str, str]], problems: Sequence[str]
) -> None:
    """Write the report to the folder ``target``.

    ``beside`` is what the engine is not asked (source, check, reason), ``problems`` where the two engines differ.
    """
    staged = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "static").mkdir(parents=True)
    shutil.copyfile(STYLE, staged / "static" / STYLE.name)
    (staged / "index.html").write_text(_page(title, lines, beside, problems), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)


def _page(title: str, lines: Sequence[EngineCheck], beside: Sequence[tuple[str, str, str]], problems: Sequence[str]) -> str:
    body = [f"<h1>{html.escape(title)}</h1>"]
    if problems:
        body.append('<h2 class="fail">复核与入库规则的计数不一致，本夜没有收下任何文件</h2>\n<ul>')
        body += [f"<li>{html.escape(problem)}</li>" for problem in problems]
        body.append("</ul>")
    native = [line for line in lines if line.native]
    again = [line for line in lines if not line.native]
    agrees = "" if problems else "，结果与入库规则逐项相同"
    body.append(
        f"<p>独立复核：{len(native)} 项检查，共 {sum(line.native for line in lines)} 条，"
        f"由 Great Expectations 用自己的算法计数{agrees}。</p>"
        f"<p>只确认运行：{len(again)} 项检查（共 {sum(line.passed_through for line in lines)} 条）把入库规则原样再运行一遍，"
        "证明规则在这些数据上运行过，不是另一种算法的印证。</p>"
    )
    for source in dict.fromkeys(line.source for line in lines):
        own = sorted((line for line in lines if line.source == source), key=lambda line: _WORST.index(line.status))
        body.append(
            f"<h2>{html.escape(source)}</h2>\n<table><tr><th>结果</th><th>检查</th><th>独立复核</th><th>再运行</th>"
            "<th>检查行数</th><th>不合格行数</th></tr>"
        )
        body += [_row(line) for line in own]
        body.append("</table>")
    if beside:
        body.append("<h2>不交给复核的检查</h2>\n<ul>")
        body += [f"<li>{html.escape(f'{source}：{check}（{reason}）')}</li>" for source, check, reason in beside]
        body.append("</ul>")
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{CSP}">\n<title>{html.escape(title)}</title>\n'
        f'<link rel="stylesheet" href="static/{STYLE.name}">\n</head>\n<body>\n{"".join(body)}\n</body>\n</html>\n'
    )


def _row(line: EngineCheck) -> str:
    numbers = (line.native or "·", line.passed_through or "·", f"{line.rows_checked:,}", f"{line.rows_failed:,}")
    cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
    return f'<tr><td class="{line.status}">{WORDS[line.status]}</td><td>{html.escape(line.title)}</td>{cells}</tr>\n'
