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

from expectations.sentences import sentence

STYLE = Path(__file__).parent / "static" / "data_docs.css"
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
        body.append(f'<h2 class="fail">{sentence("engines_disagree")}</h2>\n<ul>')
        body += [f"<li>{html.escape(problem)}</li>" for problem in problems]
        body.append("</ul>")
    native = [line for line in lines if line.native]
    again = [line for line in lines if not line.native]
    agrees = "" if problems else sentence("engines_agree")
    parts, parts_again = sum(line.native for line in lines), sum(line.passed_through for line in lines)
    counted = sentence("counted_by_the_engine_in_all", checks=len(native), parts=parts, agrees=agrees)
    body.append(f"<p>{counted}</p><p>{sentence('run_again_in_all', checks=len(again), parts=parts_again)}</p>")
    header = "".join(f"<th>{title}</th>" for title in sentence("report_header").split())
    for source in dict.fromkeys(line.source for line in lines):
        lines_of_source = sorted((line for line in lines if line.source == source), key=lambda line: _WORST.index(line.status))
        body.append(f"<h2>{html.escape(source)}</h2>\n<table><tr>{header}</tr>")
        body += [_row(line) for line in lines_of_source]
        body.append("</table>")
    if beside:
        body.append(f"<h2>{sentence('not_asked')}</h2>\n<ul>")
        for source, check, reason in beside:
            body.append(f"<li>{html.escape(sentence('not_asked_item', source=source, check=check, reason=reason))}</li>")
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
    status = sentence(f"status_{line.status}")
    return f'<tr><td class="{line.status}">{status}</td><td>{html.escape(line.title)}</td>{cells}</tr>\n'
