"""The 整改情况报告 on a document of findings, to be signed, and the list of what the units still owe it.

One of each per county and document. Each finding stands in the document's words, and under it is told from the events of the
ledger who did what and when, with what money, and what the figures were and are. Wording is ``rectification.yml``; what only the
office knows stands in :class:`OfficeNotes`, letterhead and styles in its template. No name of a person stands in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal
from zipfile import BadZipFile

import duckdb
import yaml
from docx.opc.exceptions import PackageNotFoundError
from pydantic import ValidationError

from junheng.core.data import read_yaml
from junheng.core.home import Home
from junheng.core.printable import file_name, in_paper, row_in_paper
from junheng.core.typed import StrictModel
from publish.papers import document as documents
from publish.papers.document import OfficialDocument, numeral
from publish.papers.issue_ledger import Cells
from publish.papers.kind import PaperContext, Papers
from publish.papers.narrative import Narrator, texts
from publish.papers.sheets import PaperPage, PaperTable, paper_book
from publish.papers.wording import clauses, day, joined, sentences
from publish.tables.reading import CountyYear, read
from publish.tables.rows import RptRectificationReport

TABLES = (
    *("rpt_rectification_report", "fct_issue", "fct_issue_event", "fct_project", "fct_project_target", "dim_indicator"),
    *("dim_code", "fct_school_indicator", "fct_county_indicator", "fct_county_requirement", "dim_requirement"),
)
"""Marts that it reads."""
_OWED_OF_FINDING = ("lead_unit_zh", "deadline", "measure", "progress_zh", "evidence_zh")
_OWED_CELLS = ("number", "description", "unit", "deadline", "missing")


class OfficeNotes(StrictModel):
    """What the office alone knows of a document: an entry of ``<home>/templates/rectification.yml``, by the document's number."""

    addressee: str = ""
    city_notice: str = ""
    county_plan: str = ""
    overview: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    office: str = ""


@dataclass
class OfficeMaterial:
    """Template and notes of the office, as far as they can be read."""

    template: Path | None = None
    notes: dict[str, OfficeNotes] = field(default_factory=dict)
    unread: list[Literal["template", "notes"]] = field(default_factory=list)
    """What is there and cannot be used: the report is written without it, and the list of what is owed says so."""


def office_files(home: Home) -> tuple[Path, ...]:
    """Template and notes of the office."""
    return home.report_template, home.report_template.with_suffix(".yml")


def read_office(home: Home) -> OfficeMaterial:
    """What the office has laid down."""
    office, (template, notes) = OfficeMaterial(), office_files(home)
    if template.exists():
        try:
            OfficialDocument(template)
            office.template = template
        except (PackageNotFoundError, BadZipFile, KeyError, ValueError, OSError):
            office.unread.append("template")
    if notes.exists():
        try:
            entries = read_yaml(notes)
            office.notes = {str(number): OfficeNotes.model_validate(entry) for number, entry in entries.items()}
        except (yaml.YAMLError, ValidationError, AttributeError, ValueError, OSError):
            office.unread.append("notes")
    return office


def rectification_papers(connection: duckdb.DuckDBPyConnection, county: CountyYear, context: PaperContext) -> Papers:
    """Reports and lists of a county, by file name."""
    office = read_office(context.home)
    return {
        name: content
        for document, findings in findings_by_document(connection, county.code).items()
        for name, content in papers_of(connection, county, document, findings, office, context.foot).items()
    }


def findings_by_document(connection: duckdb.DuckDBPyConnection, county: str) -> dict[str, list[RptRectificationReport]]:
    """Findings of a county in the order of their documents."""
    rows = read(
        connection,
        RptRectificationReport,
        "from marts.rpt_rectification_report where county_code = ? order by source_document, finding_number",
        county,
    )
    documents: dict[str, list[RptRectificationReport]] = {}
    for row in rows:
        documents.setdefault(row["source_document"], []).append(row_in_paper(row))
    return documents


def papers_of(
    connection: duckdb.DuckDBPyConnection,
    county: CountyYear,
    document: str,
    findings: Sequence[RptRectificationReport],
    office: OfficeMaterial,
    foot: Mapping[str, str],
) -> Papers:
    """Report on a document and, where something is owed, the list of it."""
    report = _RectificationReport(connection, county, in_paper(document), findings, office)
    named = {"county": county.code, "document": document}
    papers = {file_name(texts().file.format(**named), ".docx"): report.written(foot)}
    owed = report.owed()
    if owed:
        papers[file_name(texts().owed_file.format(**named), ".xlsx")] = _list(
            owed, county.name, report.day, in_paper(document), foot
        )
    return papers


class _RectificationReport:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        county: CountyYear,
        document: str,
        findings: Sequence[RptRectificationReport],
        office: OfficeMaterial,
    ) -> None:
        self._county, self._document, self._findings, self._office = county, document, findings, office
        self._notes = office.notes.get(document, OfficeNotes())
        self._narrator = Narrator(connection, county.code)
        self._as_of = findings[0]["as_of"]
        self.day = day(self._as_of)
        self._values = self._facts()

    def _facts(self) -> dict[str, object]:
        """What the sentences about all findings name."""
        findings, events = self._findings, self._narrator.events
        closed, total = sum(finding["is_struck_off"] for finding in findings), len(findings)
        of_findings = [event for finding in findings for event in events.get(finding["issue_id"], [])]
        opened = [event["actor_unit"] for event in of_findings if event["event_type"] == "opened"]
        results = Counter(event["event_type"] for event in of_findings)
        overdue = [finding for finding in findings if finding["is_overdue"]]
        leads = Counter(unit for finding in findings for unit in self._narrator.leads(finding["issue_id"]))
        counted: dict[str, int] = {
            "share": (closed * 200 + total) // (2 * total),  # per cent, half up
            "open": sum(finding["is_open"] for finding in findings),
            "overdue": len(overdue),
            "unproven": sum(finding["is_open"] and not finding["evidence_zh"] for finding in findings),
            "rechecks": results["recheck_passed"] + results["recheck_failed"],
            "failed": results["recheck_failed"],
        }
        facts: dict[str, object] = {name: count or None for name, count in counted.items()}
        return facts | {
            "county": self._county.name,
            "city": self._county.city,
            "from": opened[0] if opened else "",
            "document": self._document,
            "total": total,
            "closed": closed,
            "date": self.day,
            "city_notice": self._notes.city_notice,
            "county_plan": self._notes.county_plan,
            "leads": joined([texts().lead.format(unit=unit, count=count) for unit, count in leads.most_common()]),
            "overdue_leads": joined(
                list(dict.fromkeys(unit for finding in overdue for unit in self._narrator.leads(finding["issue_id"])))
            ),
            "deadlines": self._deadlines(),
        }

    def _deadlines(self) -> str:
        days = Counter(finding["deadline"] for finding in self._findings if finding["is_open"] and not finding["is_overdue"])
        dated = [texts().deadlines.format(date=day(due), count=days[due]) for due in sorted(filter(None, days))]
        return joined([*dated, texts().no_deadline.format(count=days[None])] if days[None] else dated)

    def written(self, foot: Mapping[str, str]) -> bytes:
        """The report."""
        wording, paper = texts(), OfficialDocument(self._office.template)
        paper.title(wording.title.format(**self._values))
        addressee = self._notes.addressee or clauses(wording.addressee, self._values)
        if addressee:
            paper.paragraph(addressee, is_flush=True)
        opening = "".join(filter(None, (clauses(part, self._values) for part in wording.opening[:2])))
        rest = documents.layout().comma.join(filter(None, (clauses(part, self._values) for part in wording.opening[2:])))
        paper.paragraph(f"{opening}{rest}{wording.opening_end}")
        paper.heading(1, wording.overview_heading)
        for text in self._notes.overview:
            paper.paragraph(in_paper(text))
        paper.paragraph(sentences(clauses(sentence, self._values) for sentence in wording.overview))
        paper.heading(1, wording.findings_heading)
        groups: dict[str, list[RptRectificationReport]] = {}
        for finding in self._findings:
            groups.setdefault(finding["group_zh"], []).append(finding)
        for place, (group, members) in enumerate(groups.items(), 1):
            paper.heading(2, wording.group.format(number=numeral(place), group=group))
            for finding in members:
                paper.heading(3, wording.finding.format(number=finding["finding_number"], text=finding["description"] or ""))
                paper.paragraph(wording.narrative.format(text=self._narrator.tell(finding)))
        paper.heading(1, wording.next_heading)
        for place, text in enumerate(self._notes.next_steps or self._next_steps(), 1):
            paper.paragraph(wording.next_step.format(number=numeral(place), text=in_paper(text)))
        paper.signature(self._notes.office or wording.office.format(county=self._county.name), self._as_of or date.min)
        return paper.content(foot)

    def _next_steps(self) -> list[str]:
        return [text.format(**self._values) for name, text in texts().next_steps.items() if self._values[name]]

    def owed(self) -> list[Cells]:
        """What the report still lacks: the whole of it first, then each finding."""
        wording, rows = texts().owed, list[Cells]()
        whole = [getattr(wording, name) for name in ("city_notice", "county_plan") if not self._values[name]]
        whole += [wording.city] if not (self._values["city"] or self._notes.addressee) else []
        whole += [getattr(wording, name) for name in self._office.unread]
        if whole:
            missing = wording.separator.join(whole)
            rows.append(dict.fromkeys(_OWED_CELLS) | {"description": wording.whole, "unit": wording.office, "missing": missing})
        for finding in self._findings:
            values: Mapping[str, object] = finding
            lacking = [name for name in _OWED_OF_FINDING if not values[name] and finding["is_open"]]
            if finding["is_open"] and "measure" not in lacking and not self._narrator.measures(finding["issue_id"]):
                lacking.insert(0, "measure")
            if lacking:
                missing = wording.separator.join(getattr(wording, name) for name in lacking)
                rows.append(
                    {
                        "number": finding["finding_number"],
                        "description": finding["description"],
                        "unit": finding["lead_unit_zh"],
                        "deadline": finding["deadline"],
                        "missing": missing,
                    }
                )
        return rows


def _list(rows: Sequence[Cells], county: str, day_of_data: str, document: str, foot: Mapping[str, str]) -> bytes:
    """The list of what is owed as a workbook."""
    wording = texts().owed
    title = wording.title.format(document=document, date=day_of_data)
    page = PaperPage(wording.sheet, title, [PaperTable(wording.columns, rows)], is_landscape=True, is_list=True)
    return paper_book([page], {**foot, "county": county, "year": day_of_data})
