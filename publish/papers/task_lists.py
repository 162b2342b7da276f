"""三项清单: 部门乡镇工作任务清单, 重点攻坚任务清单, 佐证台账清单, with a sheet for each unit and each post of a leader.

In a release each list is a workbook of the county; ``junheng lists`` writes the lists of one unit or leader as one workbook.
From ``rpt_unit_task``, ``rpt_key_task``, ``rpt_issue_evidence`` and ``rpt_evidence``; units and posts stand there, no names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb

from junheng.core.printable import file_name
from junheng.core.typed import StrictModel, complete, load
from publish.papers.sheets import PaperColumn, PaperPage, PaperTable, paper_book
from publish.tables.reading import CountyYear, read
from publish.tables.rows import DimCode, RptEvidence, RptIssueEvidence, RptKeyTask, RptUnitTask
from publish.words.formats import school_year

TABLES = (
    *("dim_code", "fct_issue", "fct_school_verdict", "rpt_evidence", "rpt_issue_evidence", "rpt_key_task"),
    *("rpt_issue_ledger", "rpt_unit_task"),
)
"""Marts that the paper reads."""
ListCode = Literal["tasks", "keys", "evidence"]
Line = Mapping[str, object]
_BETWEEN = "、"


class TaskListTexts(StrictModel):
    """One of the three lists."""

    name: str
    columns: tuple[PaperColumn, ...]


class TaskTexts(StrictModel):
    """``task_lists.yml``."""

    file: str
    file_of: str
    all: str
    title: str
    lines: tuple[str, ...]
    lists: Annotated[dict[ListCode, TaskListTexts], complete(*get_args(ListCode))]


class LedUnitTask(RptUnitTask):
    """A task of a unit, with the number of its issue and the post of the leader in charge."""

    issue_no: str
    leader_role: str | None
    lead_unit_zh: str | None


def task_texts() -> TaskTexts:
    """Wording and layout."""
    return load(Path(__file__).with_suffix(".yml"), TaskTexts)


def task_lists(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """The three workbooks of a county, by file name; one without an entry is not written."""
    lists, texts, books = _Lists(connection, county), task_texts(), {}
    edges = {**foot, "county": county.name, "year": lists.year}
    for code, named in texts.lists.items():
        parts = {whose: part[code] for whose, part in lists.parts().items() if part[code]}
        if parts:
            pages = [lists.page(code, whose, lines) for whose, lines in parts.items()]
            books[file_name(texts.file.format(list=named.name, year=lists.year), ".xlsx")] = paper_book(pages, edges)
    return books


def task_books(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """A workbook of all three lists for each unit and each leader of a county, by file name."""
    lists, texts, books = _Lists(connection, county), task_texts(), {}
    edges = {**foot, "county": county.name, "year": lists.year}
    for whose, part in lists.parts().items():
        pages = [lists.page(code, whose, part[code], texts.lists[code].name) for code in texts.lists]
        books[file_name(texts.file_of.format(whose=whose), ".xlsx")] = paper_book(pages, edges)
    return books


class _Lists:
    """What stands on the lists of a county, by whose they are: the county's, a leader's, a unit's."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, county: CountyYear) -> None:
        self._county, year = county, (county.code, county.year)
        self.year = school_year(county.year)
        codes = read(connection, DimCode, "from marts.dim_code where list = 'verdict'")
        self._verdicts = {row["code"]: row["label_zh"] for row in codes}
        self._tasks = read(
            connection,
            LedUnitTask,
            """
            select tasks.*, issues.issue_no, issues.leader_role, ledger.lead_unit_zh
            from marts.rpt_unit_task as tasks
            inner join marts.fct_issue as issues using (issue_id)
            inner join marts.rpt_issue_ledger as ledger using (issue_id)
            where tasks.county_code = ? order by tasks.deadline nulls last, tasks.issue_id, tasks.unit_zh
            """,
            county.code,
        )
        query = "from marts.rpt_key_task where county_code = ? order by deadline nulls last, issue_id"
        self._keys = read(connection, RptKeyTask, query, county.code)
        query = "from marts.rpt_issue_evidence where county_code = ? order by given_on, issue_id, evidence_zh"
        self._given = read(connection, RptIssueEvidence, query, county.code)
        self._kept = read(
            connection,
            RptEvidence,
            """
            from marts.rpt_evidence where county_code = ? and school_year = ? and basis = 'declared' and ruleset_id in (
                select ruleset_id from marts.fct_school_verdict where county_code = ? and school_year = ? and verdict is not null
            )
            order by display_order, part, evidence_zh
            """,
            *year * 2,
        )
        self._leaders = {row["issue_id"]: row["leader_role"] for row in self._tasks}

    def parts(self) -> dict[str, dict[ListCode, list[Line]]]:
        """The lists of the county, then of each leader, then of each unit."""
        everything = {row["issue_id"]: {**row, "unit_zh": row["lead_unit_zh"], "unit_role_zh": None} for row in self._tasks}
        parts = {task_texts().all: self._part(list(everything.values()), self._keys, self._given, self._kept)}
        for leader in sorted({leader for leader in self._leaders.values() if leader}):
            led = {issue for issue, role in self._leaders.items() if role == leader}
            parts[leader] = self._part(
                [row for issue, row in everything.items() if issue in led],
                [row for row in self._keys if row["issue_id"] in led],
                [row for row in self._given if row["issue_id"] in led],
                [],
            )
        units = {row["unit_zh"] for row in self._tasks} | {row["owner_zh"] for row in self._kept if row["owner_zh"]}
        for unit in sorted(units):
            tasks = [row for row in self._tasks if row["unit_zh"] == unit]
            issues = {row["issue_id"] for row in tasks}
            parts[unit] = self._part(
                tasks,
                [row for row in self._keys if row["issue_id"] in issues],
                [row for row in self._given if unit in (row["lead_unit_zh"] or "").split(_BETWEEN)],
                [row for row in self._kept if row["owner_zh"] == unit],
            )
        return parts

    def _part(
        self,
        tasks: Sequence[Line],
        keys: Sequence[RptKeyTask],
        given: Sequence[RptIssueEvidence],
        kept: Sequence[RptEvidence],
    ) -> dict[ListCode, list[Line]]:
        asked = [
            {
                "title": f"{row['requirement_code']} {row['name_zh']}",
                "requirement_code": row["requirement_code"],
                "unit_zh": row["owner_zh"],
                "evidence_zh": row["evidence_zh"],
                "given_on": None,
                "has_file": row["has_file"],
                "state_zh": self._verdicts.get(row["verdict"] or "", ""),
            }
            for row in kept
        ]
        lines: dict[ListCode, Sequence[Line]] = {
            "tasks": tasks,
            "keys": keys,
            "evidence": [*asked, *({**row, "unit_zh": row["lead_unit_zh"]} for row in given)],
        }
        return {code: [{**line, "number": number} for number, line in enumerate(of_list, 1)] for code, of_list in lines.items()}

    def page(self, code: ListCode, whose: str, lines: Sequence[Line], name: str = "") -> PaperPage:
        """A sheet of one list, named after whose it is."""
        texts = task_texts()
        named = texts.lists[code]
        values = {"county": self._county.name, "list": named.name, "whose": whose, "count": len(lines)}
        return PaperPage(
            name or whose,
            texts.title.format(**values),
            [PaperTable(named.columns, lines)],
            [line.format(**values) for line in texts.lines],
            is_landscape=True,
            is_list=True,
        )
