"""The ledger of issues as an office keeps it: human numbers, the order of documents and urgency, what decides recognition first.

A workbook per county: the matters that decide the county's verdict, every issue that is not closed with those of the same matter,
and the acts that are due on what is overdue, each after the one before. Units and posts are named, officials are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb

from junheng.core.printable import file_name
from junheng.core.settings import ISSUES
from junheng.core.typed import StrictModel, complete, load
from publish.papers.kind import PaperContext, Papers
from publish.papers.sheets import PaperColumn, PaperPage, PaperTable, paper_book
from publish.papers.wording import day
from publish.tables.reading import CountyYear, read
from publish.tables.rows import (
    DimCode,
    FctCountyIndicator,
    FctCountyRequirement,
    FctIssue,
    FctSchoolVerdict,
    RptIssueLedger,
)
from publish.words.seeds import read_seed

TABLES = (
    *("rpt_issue_ledger", "fct_issue", "rpt_rectification_report", "dim_code", "dim_indicator"),
    *("dim_requirement", "fct_county_indicator", "fct_county_requirement", "fct_school_verdict"),
)
"""Marts that it reads."""
_COUNTY, _SCHOOL, _OTHER = "county", "school", "other"
_VETO = "veto"
_SEVERITIES = "issue_severity"
"""List of codes, the gravest first."""
_FINDING, _FIGURE = "finding", "figure"
_NEVER = date.max

Cells = dict[str, object]
"""Values of a line by the names of columns."""
ActState = Literal["done", "due", "waits"]
MatterKey = tuple[str, str]
"""Requirement, and the stage of a resource indicator."""


class LedgerPage(StrictModel):
    """A sheet."""

    name: str
    title: str
    lines: tuple[str, ...]
    notes: tuple[str, ...]
    columns: tuple[PaperColumn, ...]


class OfficeLedgerTexts(StrictModel):
    """``issue_ledger.yml``."""

    file: str
    weights: dict[str, str]
    county_verdicts: tuple[str, ...]
    most_matters: int
    stage_name: str
    joined: str
    matters: LedgerPage
    ledger: LedgerPage
    acts: LedgerPage
    act_states: Annotated[dict[ActState, str], complete(*get_args(ActState))]
    papers: dict[str, str]


class RequirementFigure(FctCountyRequirement):
    """A part of a requirement with its name."""

    indicator_name_zh: str


class IndicatorFigure(FctCountyIndicator):
    """A coefficient with the name of its indicator."""

    name_zh: str


@dataclass
class Matter:
    """What decides the county's verdict: a coefficient or a requirement that is not met or not decided."""

    name: str
    verdict: str
    is_veto: bool
    state: str
    issues: list[FctIssue]

    @property
    def schools(self) -> int:
        """Issues of schools."""
        return sum(issue["school_code"] is not None and issue["origin"] == _FIGURE for issue in self.issues)


def texts() -> OfficeLedgerTexts:
    """Wording and layout."""
    return load(Path(__file__).with_suffix(".yml"), OfficeLedgerTexts)


def office_ledgers(connection: duckdb.DuckDBPyConnection, county: CountyYear, context: PaperContext) -> Papers:
    """The workbook of a county; none where no issue is open."""
    ledger = OfficeLedger(connection, county)
    if not ledger.lines:
        return {}
    edges = {**context.foot, "county": county.name, "year": day(ledger.as_of)}
    return {file_name(texts().file.format(county=county.name), ".xlsx"): paper_book(ledger.pages(), edges)}


class OfficeLedger:
    """The open issues of a county, with their numbers and what they decide."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, county: CountyYear) -> None:
        self._connection, self._county = connection, county
        codes = read(connection, DimCode, "from marts.dim_code order by list, display_order")
        self._labels = {(row["list"], row["code"]): row["label_zh"] for row in codes}
        self._severities = [row["code"] for row in codes if row["list"] == _SEVERITIES]
        every = read(connection, FctIssue, "from marts.fct_issue where county_code = ?", county.code)
        self._issues = {issue["issue_id"]: issue for issue in every if issue["is_open"]}
        self.lines = [
            line
            for line in read(connection, RptIssueLedger, "from marts.rpt_issue_ledger where county_code = ?", county.code)
            if line["issue_id"] in self._issues
        ]
        days = connection.execute("select max(as_of) from marts.rpt_rectification_report").fetchone()
        moved = [issue["last_event_at"] for issue in every]
        self.as_of: date = (days and days[0]) or max(moved, default=date.min)
        self._failing = {
            (row["school_code"], row["stage"])
            for row in read(
                connection,
                FctSchoolVerdict,
                "from marts.fct_school_verdict where county_code = ? and school_year = ? and verdict = 'unmet'",
                county.code,
                county.year,
            )
        }
        self.matters = self._matters()

    def _matters(self) -> dict[MatterKey, Matter]:
        """What is not met or not decided, with its issues."""
        matters: dict[MatterKey, Matter] = {}
        coefficients = read(
            self._connection,
            IndicatorFigure,
            """
            select figures.*, indicators.name_zh
            from marts.fct_county_indicator as figures
            inner join marts.dim_indicator as indicators using (ruleset_id, indicator_code, stage)
            where county_code = ? and school_year = ? and indicators.block = 'resource' and verdict is not null
            """,
            self._county.code,
            self._county.year,
        )
        for row in coefficients:
            if row["verdict"] in texts().county_verdicts:
                stage = self._labels.get(("stage", row["stage"]), "")
                name = texts().stage_name.format(stage=stage, name=row["name_zh"])
                matters[row["indicator_code"], row["stage"]] = Matter(name, row["verdict"] or "", False, "", [])
        parts = read(
            self._connection,
            RequirementFigure,
            """
            select figures.*, requirements.indicator_name_zh
            from marts.fct_county_requirement as figures
            inner join marts.dim_requirement as requirements using (ruleset_id, requirement_code, part)
            where county_code = ? and school_year = ? and verdict is not null
            order by requirements.display_order
            """,
            self._county.code,
            self._county.year,
        )
        for part in parts:
            if part["verdict"] not in texts().county_verdicts:
                continue
            key = (part["requirement_code"], "")
            known = matters.get(key)
            if known is None:
                matters[key] = Matter(
                    part["indicator_name_zh"], part["verdict"] or "", part["block"] == _VETO, part["conclusion_zh"], []
                )
            else:
                known.verdict = min(known.verdict, part["verdict"] or "", key=texts().county_verdicts.index)
                known.state = f"{known.state}\n{part['conclusion_zh']}"
        for issue in self._issues.values():
            for key in self._keys(issue):
                if key in matters:
                    matters[key].issues.append(issue)
        for matter in matters.values():
            described = [issue["description"] for issue in matter.issues if self._is_of_county(issue) and issue["description"]]
            matter.state = matter.state or "\n".join(dict.fromkeys(map(str, described)))
        return matters

    def _keys(self, issue: FctIssue) -> list[MatterKey]:
        """Matters that an issue may belong to: a finding without a stage to those of every stage."""
        code, stage = issue["requirement_code"] or "", issue["stage"]
        stages = [stage] if stage else [name for kind, name in self._labels if kind == "stage"]
        return [(code, ""), *((code, name) for name in stages)]

    def _is_of_county(self, issue: FctIssue) -> bool:
        return issue["origin"] == _FIGURE and issue["school_code"] is None

    def _matter_of(self, issue: FctIssue) -> Matter | None:
        return next((self.matters[key] for key in self._keys(issue) if key in self.matters), None)

    def _weight(self, issue: FctIssue) -> str:
        """What an issue decides: the verdict of the county, that of a school, or neither."""
        if self._matter_of(issue) is not None and (issue["school_code"] is None or issue["origin"] == _FINDING):
            return _COUNTY
        return _SCHOOL if (issue["school_code"], issue["stage"]) in self._failing else _OTHER

    def _severity(self, issue: FctIssue) -> int:
        """Place among the severities, the gravest first; what has none comes last."""
        severity = issue["severity"] or ""
        return self._severities.index(severity) if severity in self._severities else len(self._severities)

    def pages(self) -> list[PaperPage]:
        """The sheets."""
        ranked = sorted(
            self.matters.values(),
            key=lambda matter: (not matter.is_veto, texts().county_verdicts.index(matter.verdict), -matter.schools, matter.name),
        )
        shown = ranked[: texts().most_matters]
        values = {"county": self._county.name, "date": day(self.as_of), "count": len(ranked), "shown": len(shown)}
        tables = (
            (texts().matters, [self._matter_cells(place, matter) for place, matter in enumerate(shown, 1)]),
            (texts().ledger, [self._cells(line) for line in sorted(self.lines, key=self._order)]),
            (texts().acts, self.acts()),
        )
        return [
            PaperPage(
                page.name,
                page.title.format(**values),
                [PaperTable(page.columns, rows)],
                [line.format(**values) for line in page.lines],
                page.notes,
                is_landscape=True,
                is_a3=page is texts().ledger,
                is_list=True,
            )
            for page, rows in tables
        ]

    def _order(self, line: RptIssueLedger) -> tuple[object, ...]:
        """Findings by document and item, numbers as numbers; then what is late longest, gravest, decides most, is due first."""
        issue = self._issues[line["issue_id"]]
        item = issue["source_item"] or ""
        document = (issue["source_document"] or "", len(item), item) if issue["origin"] == _FINDING else ("", 0, "")
        weight = list(texts().weights).index(self._weight(issue))
        urgency = (-issue["days_overdue"], self._severity(issue), weight, issue["deadline"] or _NEVER, issue["issue_no"])
        return issue["origin"] != _FINDING, *document, *urgency

    def _named(self, issues: Sequence[FctIssue]) -> str:
        return texts().joined.join(sorted(issue["issue_no"] for issue in issues))

    def _matter_cells(self, place: int, matter: Matter) -> Cells:
        of_county = [issue for issue in matter.issues if self._is_of_county(issue)]
        findings = [issue for issue in matter.issues if issue["origin"] == _FINDING]
        units = dict.fromkeys(unit for issue in [*of_county, *findings] for unit in (issue["lead_unit"] or "").split(";") if unit)
        deadlines = [issue["deadline"] for issue in [*of_county, *findings] if issue["deadline"]]
        return {
            "place": place,
            "name": matter.name,
            "verdict_zh": self._labels.get(("verdict", matter.verdict), ""),
            "state_zh": matter.state,
            "county_numbers": self._named(of_county),
            "finding_numbers": self._named(findings),
            "schools": matter.schools,
            "units": texts().joined.join(units),
            "deadline": min(deadlines, default=None),
        }

    def _cells(self, line: RptIssueLedger) -> Cells:
        issue = self._issues[line["issue_id"]]
        matter = self._matter_of(issue)
        related = [
            other
            for other in (matter.issues if matter else ())
            if other["issue_id"] != issue["issue_id"] and (self._is_of_county(other) or other["origin"] == _FINDING)
        ]
        shown: Mapping[str, object] = line
        return {
            **shown,
            "severity_zh": self._labels.get((_SEVERITIES, issue["severity"] or "")),
            "weight_zh": texts().weights[self._weight(issue)],
            "matter_zh": matter.name if matter else "",
            "related": self._named(related),
            "days_overdue": line["days_overdue"] or None,
        }

    def in_state(self, *states: str) -> list[Cells]:
        """Lines of the issues in these states."""
        lines = sorted(self.lines, key=self._order)
        return [self._cells(line) for line in lines if self._issues[line["issue_id"]]["state"] in states]

    def acts(self) -> list[Cells]:
        """Acts on what is overdue, in their order: what was recorded, the one that is due, and what waits for it."""
        steps = sorted(read_seed(ISSUES / "issue_escalations.csv"), key=lambda step: int(step["level"]))
        levels = {step["code"]: int(step["level"]) for step in steps}
        rows: list[Cells] = []
        for line in sorted(self.lines, key=self._order):
            issue = self._issues[line["issue_id"]]
            last = levels.get(issue["last_act"] or "", 0)
            for step in steps if issue["is_overdue"] and issue["due_on"] else ():
                code, since, level = step["code"], int(step["days_overdue_from"]), int(step["level"])
                if line["days_overdue"] >= since or level <= last:
                    state: ActState = "due" if code == issue["next_act"] else "done" if level <= last else "waits"
                    rows.append(
                        {
                            **line,
                            "step": level,
                            "act": code,
                            "act_zh": self._labels.get(("escalation", code), code),
                            "due_on": (issue["due_on"] or _NEVER) + timedelta(days=since),
                            "act_state": state,
                            "act_state_zh": texts().act_states[state],
                            "done_on": issue["last_act_on"] if code == issue["last_act"] else None,
                            "paper": texts().papers[code] if state == "due" else None,
                        }
                    )
        return rows
