"""The 整改情况报告 on a document of findings as docx: what was found, what was done, where it stands, who leads.

One file per county and document, from ``rpt_rectification_report`` alone; wording is ``rectification.yml``, letterhead and styles
those of ``<home>/templates/rectification.docx`` if there is one. No name of a person stands in it.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
from docx import Document
from docx.shared import Cm, Pt, RGBColor

from junheng.core.home import Home, write_atomically
from junheng.core.printable import file_name, row_in_paper
from junheng.core.typed import StrictModel, load
from publish.issues.issue_books import shown
from publish.release import signature
from publish.release.release import Release
from publish.tables.reading import read
from publish.tables.rows import RptRectificationReport

_TABLE_STYLE = "Table Grid"
_APART, _CLOSE = Pt(10), Pt(2)
"""Above a finding and below its lines: they stand together."""
_FINDINGS = "select * from marts.rpt_rectification_report order by county_code, source_document, finding_number"


PartCode = Literal["closed", "open", "overdue", "other"]


class ChartPart(StrictModel):
    """A state of a finding in the chart."""

    code: PartCode
    label: str
    colour: str


class Chart(StrictModel):
    """The bars of the groups."""

    heading: str
    square: str
    count: str
    legend: str
    parts: tuple[ChartPart, ...]


class FindingLine(StrictModel):
    """A line below a finding, from a column of the mart."""

    label: str
    column: str


class TableColumn(FindingLine):
    """A column of the table at the end."""

    width_cm: float


class ReportTexts(StrictModel):
    """``rectification.yml``."""

    file: str
    title: str
    by: str
    overview_heading: str
    overview: str
    chart: Chart
    findings_heading: str
    group: str
    finding: str
    lines: tuple[FindingLine, ...]
    unknown: str
    line: str
    table_heading: str
    table: tuple[TableColumn, ...]
    numerals: str
    release: str


def _texts() -> ReportTexts:
    return load(Path(__file__).with_suffix(".yml"), ReportTexts)


def reports(home: Home, release: Release, out: Path, county: str | None = None, document: str | None = None) -> list[Path]:
    """Write the reports of a release, of one county or document if given. Returns their paths."""
    with duckdb.connect(str(release.database), read_only=True) as connection:
        rows = list(map(row_in_paper, read(connection, RptRectificationReport, _FINDINGS)))
    chosen: dict[tuple[str, str], list[RptRectificationReport]] = {}
    for row in rows:
        if county in (None, row["county_code"]) and document in (None, row["source_document"]):
            chosen.setdefault((row["county_code"], row["source_document"]), []).append(row)
    written = []
    for (code, named), findings in chosen.items():
        path = out / file_name(_texts().file.format(county=code, document=named), ".docx")
        write_atomically(path, _report(named, findings, release, home.report_template))
        written.append(path)
    return written


def _shown(finding: Mapping[str, object], column: str) -> str:
    return shown(finding[column])


def _groups(findings: list[RptRectificationReport]) -> dict[str, list[RptRectificationReport]]:
    groups: dict[str, list[RptRectificationReport]] = {}
    for finding in findings:
        groups.setdefault(finding["group_zh"], []).append(finding)
    return groups


def _report(document: str, findings: list[RptRectificationReport], release: Release, template: Path) -> bytes:
    texts, day = _texts(), shown(findings[0]["as_of"])
    paper = Document(str(template)) if template.exists() else Document()
    paper.core_properties.created = datetime.fromisoformat(release.created_at).replace(tzinfo=None)
    paper.add_heading(texts.title.format(document=document), 0)
    county = findings[0]["county_name"] or findings[0]["county_code"]
    paper.add_paragraph(texts.by.format(county=county, date=day, state=signature.said(release.signature)))
    paper.add_heading(texts.overview_heading, 1)
    paper.add_paragraph(_overview(document, findings, day))
    _chart(paper, _groups(findings))
    paper.add_heading(texts.findings_heading, 1)
    for place, (group, members) in enumerate(_groups(findings).items()):
        numeral = texts.numerals[place] if place < len(texts.numerals) else str(place + 1)
        paper.add_heading(texts.group.format(number=numeral, group=group, count=len(members)), 2)
        for finding in members:
            text = texts.finding.format(number=finding["finding_number"], text=shown(finding["description"]))
            heading = paper.add_paragraph()
            heading.add_run(text).bold = True
            heading.paragraph_format.space_before, heading.paragraph_format.space_after = _APART, _CLOSE
            for line in texts.lines:
                text = _shown(finding, line.column) or texts.unknown
                paragraph = paper.add_paragraph(texts.line.format(label=line.label, text=text))
                paragraph.paragraph_format.space_after = _CLOSE
    _table(paper, findings)
    paper.add_paragraph(texts.release.format(release=release.release_id))
    data = io.BytesIO()
    paper.save(data)
    return data.getvalue()


def _overview(document: str, findings: list[RptRectificationReport], day: str) -> str:
    total, closed = len(findings), sum(finding["is_struck_off"] for finding in findings)
    return _texts().overview.format(
        document=document,
        total=total,
        date=day,
        closed=closed,
        share=(closed * 200 + total) // (2 * total),  # per cent, half up
        open=sum(finding["is_open"] for finding in findings),
        overdue=sum(finding["is_overdue"] for finding in findings),
    )


def _part(finding: RptRectificationReport) -> PartCode:
    if finding["is_struck_off"]:
        return "closed"
    if finding["is_overdue"]:
        return "overdue"
    return "open" if finding["is_open"] else "other"


def _chart(paper: Any, groups: dict[str, list[RptRectificationReport]]) -> None:
    """A bar for each group, one square a finding, coloured by where it stands: text, which can be edited."""
    chart = _texts().chart
    paper.add_heading(chart.heading, 2)
    table = paper.add_table(rows=0, cols=3)
    for group, members in groups.items():
        counts = Counter(map(_part, members))
        name, bar, count = table.add_row().cells
        name.text = group
        for part in chart.parts:
            run = bar.paragraphs[0].add_run(chart.square * counts[part.code])
            run.font.color.rgb = RGBColor.from_string(part.colour)
        count.text = chart.count.format(closed=counts["closed"], total=len(members))
    legend = paper.add_paragraph()
    for part in chart.parts:
        legend.add_run(chart.square).font.color.rgb = RGBColor.from_string(part.colour)
        legend.add_run(chart.legend.format(label=part.label))


def _table(paper: Any, findings: list[RptRectificationReport]) -> None:
    columns = _texts().table
    paper.add_heading(_texts().table_heading, 1)
    table = paper.add_table(rows=1, cols=len(columns))
    if _TABLE_STYLE in {style.name for style in paper.styles}:  # a template may have its own styles only
        table.style = _TABLE_STYLE
    for cell, column in zip(table.rows[0].cells, columns, strict=True):
        cell.text = column.label
    for finding in findings:
        for cell, column in zip(table.add_row().cells, columns, strict=True):
            cell.text = _shown(finding, column.column)
    table.autofit = False
    for place, column in enumerate(columns):
        for cell in (table.columns[place], *table.columns[place].cells):  # one program reads the former, another the latter
            cell.width = Cm(column.width_cm)
