"""What is owed of evidence (佐证): documents that nobody named, that were named and not handed in, or that hold no longer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb

from junheng.core.typed import StrictModel, complete, load
from publish.papers.school_plans import Row
from publish.papers.wording import day as in_words
from publish.tables.reading import CountyYear, read
from publish.tables.rows import RptEvidence, RptEvidenceFile, RptIssueEvidence

TABLES = ("dim_school", "fct_issue", "rpt_evidence", "rpt_evidence_file", "rpt_issue_evidence", "rpt_issue_ledger")
"""Marts that it reads."""
Lack = Literal["missing", "no_file", "expired"]
_ISSUE = "issue"


class LackTexts(StrictModel):
    """What is wrong with a piece of evidence, and what to do."""

    name: str
    fix: str


class EvidenceDebtTexts(StrictModel):
    """``owed_evidence.yml``."""

    requirement: str
    issue: str
    document: str
    expired: str
    lacks: Annotated[dict[Lack, LackTexts], complete(*get_args(Lack))]


class _OpenDocument(RptIssueEvidence):
    issue_no: str


class _ExpiredFile(RptEvidenceFile):
    issue_no: str | None
    title: str | None
    lead_unit_zh: str | None
    school_name: str | None


def owed_texts() -> EvidenceDebtTexts:
    """Wording."""
    return load(Path(__file__).with_suffix(".yml"), EvidenceDebtTexts)


def owed_evidence(connection: duckdb.DuckDBPyConnection, county: CountyYear, rulesets: Iterable[str], today: date) -> list[Row]:
    """Lines of a county: who owes (``section``), ``kind_zh``, ``matter``, ``fix``; each once, whatever rule sets ask for it.

    A document is held against the day alone where its file says until when it holds; of an issue only while it is open.
    """
    texts, year = owed_texts(), (county.code, county.year)
    asked = read(
        connection,
        RptEvidence,
        """
        from marts.rpt_evidence where county_code = ? and school_year = ? and basis = 'declared' and list_contains(?, ruleset_id)
        order by display_order, part, evidence_zh
        """,
        *year,
        sorted(rulesets),
    )
    lines: dict[tuple[Lack, str, str], Row] = {}

    def owe(lack: Lack, section: str | None, matter: str, document: str = "") -> None:
        shown = texts.document.format(matter=matter, document=document) if document else matter
        wording = texts.lacks[lack]
        lines.setdefault(
            (lack, matter, document), {"section": section, "kind_zh": wording.name, "matter": shown, "fix": wording.fix}
        )

    owners, names = {}, {}
    for row in asked:
        matter = texts.requirement.format(code=row["requirement_code"], name=row["name_zh"])
        owners[row["requirement_code"]], names[row["requirement_code"]] = row["owner_zh"], matter
        if row["is_missing"]:
            owe("missing", row["owner_zh"], matter)
        elif not row["has_file"]:
            owe("no_file", row["owner_zh"], matter, row["evidence_zh"] or "")
    query = """
        select evidence.*, issues.issue_no from marts.rpt_issue_evidence as evidence
        inner join marts.fct_issue as issues using (issue_id)
        where evidence.county_code = ? and issues.is_open order by issues.issue_no, evidence.evidence_zh
    """
    for document in read(connection, _OpenDocument, query, county.code):
        matter = texts.issue.format(number=document["issue_no"], title=document["title"])
        if not document["has_file"]:
            owe("no_file", document["lead_unit_zh"], matter, document["evidence_zh"])
    for file in read(connection, _ExpiredFile, _EXPIRED, county.code, today):
        code = file["box_code"] or ""
        section, matter = owners.get(code), names.get(code) or file["school_name"] or code
        if file["box"] == _ISSUE:
            section, matter = file["lead_unit_zh"], texts.issue.format(number=file["issue_no"], title=file["title"])
        owe("expired", section, matter, texts.expired.format(name=file["file_name"], until=in_words(file["valid_until"])))
    return list(lines.values())


_EXPIRED = """
    select files.*, issues.issue_no, ledger.title, ledger.lead_unit_zh, schools.school_name
    from marts.rpt_evidence_file as files
    left join marts.fct_issue as issues on files.box = 'issue' and files.box_code = issues.issue_id
    left join marts.rpt_issue_ledger as ledger on issues.issue_id = ledger.issue_id
    left join (
        select county_code, school_code, arg_max(school_name, school_year) as school_name from marts.dim_school group by all
    ) as schools on files.box = 'school' and files.county_code = schools.county_code and files.box_code = schools.school_code
    where files.county_code = ? and files.valid_until < ? and coalesce(issues.is_open, true)
    order by files.valid_until, files.file_name, files.box, files.box_code
"""
