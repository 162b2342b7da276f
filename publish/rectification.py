"""The 整改情况报告 on a document of findings as docx: what was found, what was done, where it stands, who leads.

One file per county and document, from the paper columns of the ledger; wording is ``rectification.yml``. No name of a person
stands in it.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml
from docx import Document

from junheng.home import write_atomically
from junheng.sql import records
from publish.issue_books import shown
from publish.release import Release

_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')
_FINDINGS = """
with counties as (
    select county_code, arg_max(county_name, school_year) as county_name from marts.dim_county group by county_code
)
select ledger.*, issues.source_document, issues.is_open, issues.is_overdue, issues.state,
    coalesce(counties.county_name, ledger.county_code) as county_name
from marts.rpt_issue_ledger as ledger
inner join marts.fct_issue as issues using (issue_id)
left join counties on ledger.county_code = counties.county_code
where issues.origin = 'finding' and issues.source_document is not null
order by ledger.county_code, issues.source_document, ledger.source_item, ledger.sequence
"""
Row = dict[str, Any]


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")))


def reports(release: Release, out: Path, county: str | None = None, document: str | None = None) -> list[Path]:
    """Write the reports of a release, of one county or document if given. Returns their paths."""
    with duckdb.connect(str(release.database), read_only=True) as connection:
        found = records(connection, _FINDINGS)
    chosen: dict[tuple[str, str], list[Row]] = {}
    for row in found:
        if county in (None, row["county_code"]) and document in (None, row["source_document"]):
            chosen.setdefault((row["county_code"], row["source_document"]), []).append(row)
    written = []
    for (code, named), findings in chosen.items():
        path = out / (_UNSAFE.sub("_", _texts()["file"].format(county=code, document=named)) + ".docx")
        write_atomically(path, _report(named, findings, release))
        written.append(path)
    return written


def _report(document: str, findings: list[Row], release: Release) -> bytes:
    texts, day = _texts(), datetime.fromisoformat(release.created_at).date()
    paper = Document()
    paper.core_properties.created = datetime.fromisoformat(release.created_at).replace(tzinfo=None)
    paper.add_heading(texts["title"].format(document=document), 0)
    paper.add_paragraph(texts["by"].format(county=findings[0]["county_name"], date=day.isoformat()))
    paper.add_heading(texts["overview_heading"], 1)
    paper.add_paragraph(_overview(document, findings, day))
    paper.add_heading(texts["findings_heading"], 1)
    groups: dict[str, list[Row]] = {}
    for finding in findings:
        groups.setdefault(finding["category_zh"] or texts["no_group"], []).append(finding)
    number = 0
    for place, (group, members) in enumerate(groups.items()):
        numeral = texts["numerals"][place] if place < len(texts["numerals"]) else str(place + 1)
        paper.add_heading(texts["group"].format(number=numeral, group=group, count=len(members)), 2)
        for finding in members:
            number += 1
            finding["number"] = number
            paper.add_paragraph().add_run(texts["finding"].format(number=number, text=shown(finding["description"]))).bold = True
            for line in texts["lines"]:
                text = shown(finding[line["column"]]) or texts["unknown"]
                paper.add_paragraph(texts["line"].format(label=line["label"], text=text))
    _table(paper, [finding for members in groups.values() for finding in members])
    paper.add_paragraph(texts["release"].format(release=release.release_id))
    data = io.BytesIO()
    paper.save(data)
    return data.getvalue()


def _overview(document: str, findings: list[Row], day: date) -> str:
    total, closed = len(findings), sum(finding["state"] == "closed" for finding in findings)
    text: str = _texts()["overview"].format(
        document=document,
        total=total,
        date=day.isoformat(),
        closed=closed,
        share=(closed * 200 + total) // (2 * total),  # per cent, half up
        open=sum(finding["is_open"] for finding in findings),
        overdue=sum(finding["is_overdue"] for finding in findings),
    )
    return text


def _table(paper: Any, findings: list[Row]) -> None:
    columns = _texts()["table"]
    paper.add_heading(_texts()["table_heading"], 1)
    table = paper.add_table(rows=1, cols=len(columns), style="Table Grid")
    for cell, column in zip(table.rows[0].cells, columns, strict=True):
        cell.text = column["label"]
    for finding in findings:
        for cell, column in zip(table.add_row().cells, columns, strict=True):
            cell.text = shown(finding[column["column"]])
