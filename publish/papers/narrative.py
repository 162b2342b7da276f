"""What was done about a finding, as running text: its units, the events of the ledger, projects, the figures then and now.

Sentences are those of ``rectification.yml`` (``publish.papers.wording``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import duckdb

from junheng.core.printable import in_paper
from junheng.core.typed import StrictModel, load
from publish.papers.document import layout
from publish.papers.sheets import PaperColumn
from publish.papers.wording import Clauses, clauses, day, sentences
from publish.tables.reading import read
from publish.tables.rows import (
    DimCode,
    DimIndicator,
    FctCountyIndicator,
    FctCountyRequirement,
    FctIssue,
    FctIssueEvent,
    FctProject,
    FctSchoolIndicator,
    RptRectificationReport,
)
from publish.words.formats import amount, fixed, plain, school_year

_GIVEN = ("opened", "assigned")
"""Events that the duty of a finding tells already."""


class OwedTexts(StrictModel):
    """What the list of what is owed says."""

    sheet: str
    title: str
    columns: tuple[PaperColumn, ...]
    whole: str
    office: str
    lead_unit_zh: str
    deadline: str
    measure: str
    progress_zh: str
    evidence_zh: str
    city_notice: str
    county_plan: str
    city: str
    template: str
    notes: str
    separator: str


class RectificationTexts(StrictModel):
    """``rectification.yml``."""

    file: str
    owed_file: str
    title: str
    addressee: Clauses
    opening: tuple[Clauses, ...]
    opening_end: str
    overview_heading: str
    overview: tuple[Clauses, ...]
    lead: str
    findings_heading: str
    group: str
    finding: str
    narrative: str
    duty: Clauses
    events: dict[str, Clauses]
    project: Clauses
    project_done: str
    project_due: str
    school_figure: Clauses
    school_standard: Clauses
    county_figure: Clauses
    requirement_figure: Clauses
    state: dict[str, Clauses]
    next_heading: str
    next_step: str
    next_steps: dict[str, str]
    deadlines: str
    no_deadline: str
    office: str
    yuan: str
    owed: OwedTexts


def texts() -> RectificationTexts:
    """The wording of the report."""
    return load(Path(__file__).with_name("rectification.yml"), RectificationTexts)


class Narrator:
    """Tells of the findings of a county."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, county: str) -> None:
        self._connection, self._county = connection, county
        self._issues = {
            row["issue_id"]: row for row in read(connection, FctIssue, "from marts.fct_issue where county_code = ?", county)
        }
        self._labels = {(row["list"], row["code"]): row["label_zh"] for row in read(connection, DimCode, "from marts.dim_code")}
        self.events: dict[str, list[FctIssueEvent]] = {}
        rows = read(
            connection,
            FctIssueEvent,
            "from marts.fct_issue_event where county_code = ? and accepted order by issue_id, seq",
            county,
        )
        for event in rows:
            self.events.setdefault(event["issue_id"], []).append(event)

    def tell(self, finding: RptRectificationReport) -> str:
        """The running text below a finding."""
        issue = self._issues[finding["issue_id"]]
        lines = [self._duty(finding)]
        lines += [self._event(event) for event in self.own_events(finding["issue_id"])]
        lines += self._projects(finding, issue)
        lines += self._figures(finding, issue)
        return in_paper(sentences([*lines, self._state(finding)]))

    def own_events(self, issue_id: str) -> list[FctIssueEvent]:
        """What was done since: without what the document itself brought, and without who was given the finding."""
        events = self.events.get(issue_id, [])
        brought = {event["source_submission_id"] for event in events if event["event_type"] == "opened"}
        return [event for event in events if event["event_type"] not in _GIVEN and event["source_submission_id"] not in brought]

    def leads(self, issue_id: str) -> list[str]:
        """Units that lead, each for itself."""
        return [unit for unit in (self._issues[issue_id]["lead_unit"] or "").split(";") if unit]

    def measures(self, issue_id: str) -> bool:
        """Whether a unit has said what it will do."""
        return any(event["event_type"] == "planned" for event in self.own_events(issue_id))

    def _duty(self, finding: RptRectificationReport) -> str:
        return clauses(
            texts().duty,
            {
                "lead": finding["lead_unit_zh"],
                "cooperating": finding["cooperating_units_zh"],
                "deadline": day(finding["deadline"]),
            },
        )

    def _event(self, event: FctIssueEvent) -> str:
        payload: Mapping[str, str] = json.loads(event["payload"] or "{}")
        separator = layout().separator
        values: dict[str, object] = {name: str(text).replace(";", separator) for name, text in payload.items()}
        money = payload.get("money_yuan")
        values |= {
            "date": day(event["at"]),
            "unit": (event["actor_unit"] or "").replace(";", separator),
            "until": day(payload.get("deadline")),
            "money": " " + " ".join(amount(Decimal(str(money)), texts().yuan)) if money else "",
        }
        wording = texts().events.get(event["event_type"])
        return clauses(wording, values) if wording else ""

    def _projects(self, finding: RptRectificationReport, issue: FctIssue) -> list[str]:
        """Projects for the school and the requirement of a finding, in the newest year that has any."""
        if finding["school_code"] is None:
            return []
        projects = read(
            self._connection,
            FctProject,
            """
            select distinct projects.*
            from marts.fct_project as projects
            inner join marts.fct_project_target as targets using (county_code, school_year, project_no)
            where county_code = ? and targets.school_code = ? and targets.requirement_code is not distinct from ?
            qualify school_year = max(school_year) over ()
            order by project_no
            """,
            self._county,
            finding["school_code"],
            issue["requirement_code"],
        )
        return [clauses(texts().project, self._project(project) | {"school": finding["school_name"]}) for project in projects]

    def _project(self, project: FctProject) -> dict[str, object]:
        money = {
            "budget": project["budget_wan_yuan"],
            "allocated": project["allocated_wan_yuan"],
            "spent": project["spent_wan_yuan"],
        }
        return {
            "name": project["project_name"],
            "work": self._labels.get(("project_work", project["work_kind"] or "")),
            "source": project["fund_source"],
            "until": self._until(project),
            **{name: None if value is None else plain(value) for name, value in money.items()},
        }

    def _until(self, project: FctProject) -> str:
        if project["completed_on"]:
            return texts().project_done.format(day=day(project["completed_on"]))
        return texts().project_due.format(day=day(project["due_on"])) if project["due_on"] else ""

    def _figures(self, finding: RptRectificationReport, issue: FctIssue) -> list[str]:
        """Figures of the requirement in all years: of the school, else of the county."""
        code = issue["requirement_code"]
        indicators = read(
            self._connection,
            DimIndicator,
            "from marts.dim_indicator where indicator_code = ? and block = 'resource' and stage = coalesce(?, stage) "
            "order by ruleset_id, stage desc",
            code,
            issue["stage"],
        )
        if not indicators:
            return self._of_requirement(code)
        if finding["school_code"] is not None:
            return [line for indicator in indicators for line in self._of_school(finding, indicator)]
        return [self._of_county(indicator) for indicator in indicators]

    def _of_school(self, finding: RptRectificationReport, indicator: DimIndicator) -> list[str]:
        rows = read(
            self._connection,
            FctSchoolIndicator,
            """
            from marts.fct_school_indicator
            where county_code = ? and school_code = ? and stage = ? and indicator_code = ? and ruleset_id = ?
            order by school_year
            """,
            self._county,
            finding["school_code"],
            indicator["stage"],
            indicator["indicator_code"],
            indicator["ruleset_id"],
        )
        known = [row for row in rows if row["value_rounded"] is not None]
        if not known:
            return []
        decimals, unit = indicator["decimals"] or 0, indicator["unit"] or ""
        shared = {"unit": f" {unit}" if unit else "", "standard": _fixed(indicator["standard"], decimals)}
        lines = []
        for place, row in enumerate(known):
            named = {
                "school": "" if place else finding["school_name"],
                "stage": "" if place else self._labels.get(("stage", indicator["stage"])),
                "indicator": "" if place else indicator["name_zh"],
            }
            values = {"year": school_year(row["school_year"]), "value": _fixed(row["value_rounded"], decimals)}
            lines.append(texts().school_figure[0].format(**named, **values, unit=shared["unit"]))
        return [layout().comma.join([*lines, clauses(texts().school_standard, shared)])]

    def _of_county(self, indicator: DimIndicator) -> str:
        rows = read(
            self._connection,
            FctCountyIndicator,
            """
            from marts.fct_county_indicator
            where county_code = ? and stage = ? and indicator_code = ? and ruleset_id = ? and schools_met is not null
            order by school_year
            """,
            self._county,
            indicator["stage"],
            indicator["indicator_code"],
            indicator["ruleset_id"],
        )
        return layout().comma.join(
            clauses(
                texts().county_figure,
                {
                    "year": school_year(row["school_year"]),
                    "stage": self._labels.get(("stage", row["stage"])),
                    "count": row["school_count"],
                    "met": row["schools_met"],
                    "indicator": indicator["name_zh"],
                },
            )
            for row in rows
        )

    def _of_requirement(self, code: str | None) -> list[str]:
        """What was computed for a requirement; what a county says of itself does not answer a finding."""
        rows = read(
            self._connection,
            FctCountyRequirement,
            """
            select figures.*
            from marts.fct_county_requirement as figures
            inner join marts.dim_requirement using (ruleset_id, requirement_code, part)
            where figures.county_code = ? and requirement_code = ? and figures.value_rounded is not null
                and figures.verdict is not null
            order by ruleset_id, display_order, school_year
            """,
            self._county,
            code,
        )
        return [
            clauses(texts().requirement_figure, {"year": school_year(row["school_year"]), "conclusion": row["conclusion_zh"]})
            for row in rows
        ]

    def _state(self, finding: RptRectificationReport) -> str:
        wording = texts().state["closed" if finding["is_struck_off"] else "overdue" if finding["is_overdue"] else "open"]
        values = {"date": day(finding["as_of"]), "state": finding["state_zh"], "days": finding["days_overdue"]}
        return clauses(wording, values)


def _fixed(value: Decimal | None, decimals: int) -> str:
    return "" if value is None else fixed(value, decimals)
