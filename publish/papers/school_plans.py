"""一校一案: a workbook for each county and rule set, one page a school that misses something or has an open issue.

On a page: what is missing (each need once), the year before, ways to meet each need with quantity, money, owner and deadline, the
projects that serve the school, its issues. Wording and layout are ``school_plans.yml``; no figure is made here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypedDict, TypeVar

import duckdb

from junheng.core.printable import file_name
from junheng.core.typed import StrictModel, load
from publish.papers.sheets import PageTexts, PaperColumn, PaperPage, PaperTable, paper_book
from publish.tables.reading import CountyYear, read
from publish.tables.rows import (
    DimCode,
    DimIndicator,
    DimRequirement,
    DimSchool,
    FctProjectTarget,
    FctSchoolRequirement,
    FctSchoolShortfall,
    FctSchoolTrend,
    FctSchoolVerdict,
    RptSchoolOption,
    RptSchoolPlan,
)
from publish.words.formats import amount, fixed, plain

TABLES = (
    *("dim_code", "dim_county", "dim_indicator", "dim_requirement", "dim_ruleset", "dim_school", "fct_project"),
    *("fct_project_target", "fct_school_indicator", "fct_school_requirement", "fct_school_shortfall", "fct_school_trend"),
    *("fct_school_verdict", "rpt_school_option", "rpt_school_plan"),
)
"""Marts that the paper reads."""
SchoolRow = TypeVar("SchoolRow", bound=Mapping[str, object])
Row = dict[str, object]
"""A line of a table, by the names that its columns show."""


class SchoolTexts(StrictModel):
    """What stands above the tables of a school."""

    title: str
    lines: tuple[str, ...]
    pupils: str
    verdict: str
    stage_value: str
    of_the_stage: str
    none: str


class TableTexts(StrictModel):
    """A table of a page."""

    heading: str
    columns: tuple[PaperColumn, ...]


class PurchaseTexts(StrictModel):
    """资源缺口采购清单."""

    file: str
    whole: PageTexts
    by_school: PageTexts
    notes: tuple[str, ...]


class PlanTexts(StrictModel):
    """``school_plans.yml``."""

    file: str
    index: PageTexts
    school: SchoolTexts
    whole_school: str
    needs: TableTexts
    trend: TableTexts
    options: TableTexts
    projects: TableTexts
    issues: TableTexts
    undecided: str
    no_money: str
    purchases: PurchaseTexts


def plan_texts() -> PlanTexts:
    """Wording and layout."""
    return load(Path(__file__).with_suffix(".yml"), PlanTexts)


class PlannedRuleset(TypedDict):
    """A rule set that judges the schools of a county."""

    ruleset_id: str
    name_zh: str
    school_year_label: str


class ServingProject(FctProjectTarget):
    """What a project closes, with its money and its day."""

    budget_wan_yuan: Decimal | None
    allocated_wan_yuan: Decimal | None
    spent_wan_yuan: Decimal | None
    due_on: date | None


class CountedStage(TypedDict):
    """Pupils of a stage of a school."""

    school_code: str
    stage: str
    pupils: int | None


def planned_rulesets(connection: duckdb.DuckDBPyConnection, county: CountyYear) -> list[PlannedRuleset]:
    """Rule sets with a verdict on the schools of a county in its newest year."""
    return read(
        connection,
        PlannedRuleset,
        """
        select ruleset_id, name_zh, school_year_label
        from marts.dim_ruleset, marts.dim_county
        where county_code = ? and school_year = ? and ruleset_id in (
            select ruleset_id from marts.fct_school_verdict where county_code = ? and school_year = ? and verdict is not null
        )
        order by ruleset_id
        """,
        *(county.code, county.year) * 2,
    )


def school_plans(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """Workbooks of a county in its newest year, by file name: one for each rule set that judges its schools."""
    texts, books = plan_texts(), {}
    for ruleset in planned_rulesets(connection, county):
        plans = _Plans(connection, county, ruleset)
        edges = {**foot, "county": county.name, "year": ruleset["school_year_label"]}
        named = texts.file.format(ruleset=ruleset["name_zh"], year=ruleset["school_year_label"])
        books[file_name(named, ".xlsx")] = paper_book(plans.pages(), edges)
    return books


class _Plans:
    """What the marts say of the schools of a county under a rule set."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, county: CountyYear, ruleset: PlannedRuleset) -> None:
        self._connection, self._county, self._ruleset, self._texts = connection, county, ruleset, plan_texts()
        self._labels = {(row["list"], row["code"]): row["label_zh"] for row in read(connection, DimCode, "from marts.dim_code")}
        stages = [code for kind, code in self._labels if kind == "stage"]
        year, rules = (county.code, county.year), (county.code, county.year, ruleset["ruleset_id"])
        of_year = "where county_code = ? and school_year = ?"
        of_rules = f"{of_year} and ruleset_id = ?"
        self._indicators = {
            (row["indicator_code"], row["stage"]): row
            for row in read(connection, DimIndicator, "from marts.dim_indicator where ruleset_id = ?", rules[2])
        }
        self._requirements = {
            (row["requirement_code"], row["part"]): row
            for row in read(connection, DimRequirement, "from marts.dim_requirement where ruleset_id = ?", rules[2])
        }
        order = f"order by list_position({stages!r}, stage)"
        self._schools = read(
            connection, DimSchool, f"from marts.dim_school {of_year} order by display_order nulls last, school_code", *year
        )
        self._verdicts = _by_school(
            read(connection, FctSchoolVerdict, f"from marts.fct_school_verdict {of_rules} {order}", *rules)
        )
        self._shortfalls = _by_school(
            read(connection, FctSchoolShortfall, f"from marts.fct_school_shortfall {of_rules} {order}, indicator_code", *rules)
        )
        self._missed = _by_school(
            read(
                connection,
                FctSchoolRequirement,
                f"from marts.fct_school_requirement {of_rules} and verdict_strict = 'unmet' order by requirement_code, part",
                *rules,
            )
        )
        self._trends = _by_school(
            read(connection, FctSchoolTrend, f"from marts.fct_school_trend {of_rules} {order}, indicator_code", *rules)
        )
        self._options = _by_school(
            read(
                connection,
                RptSchoolOption,
                f"""
                from marts.rpt_school_option {of_rules}
                order by requirement_code in (select requirement_code from marts.dim_requirement), requirement_code, part,
                    option_order
                """,
                *rules,
            )
        )
        self._projects: dict[str, list[ServingProject]] = defaultdict(list)
        for project in read(
            connection,
            ServingProject,
            f"""
            select targets.*, projects.budget_wan_yuan, projects.allocated_wan_yuan, projects.spent_wan_yuan, projects.due_on
            from marts.fct_project_target as targets
            inner join marts.fct_project as projects using (county_code, school_year, project_no)
            {of_year} and assessed_school_code is not null order by project_no, requirement_code, stage
            """,
            *year,
        ):
            self._projects[project["assessed_school_code"] or ""].append(project)
        query = "from marts.rpt_school_plan where county_code = ? and is_open order by deadline nulls last, issue_id"
        self._issues = _by_school(read(connection, RptSchoolPlan, query, county.code))
        query = f"select distinct school_code, stage, pupils from marts.fct_school_indicator {of_rules}"
        self._pupils = {
            (row["school_code"], row["stage"]): row["pupils"] for row in read(connection, CountedStage, query, *rules)
        }

    def pages(self) -> list[PaperPage]:
        """The list of all schools, then a page for each that has something to do."""
        judged = [school for school in self._schools if school["school_code"] in self._verdicts]
        planned = [school for school in judged if self._has_work(school["school_code"])]
        index = self._texts.index
        values = {
            "county": self._county.name,
            "year": self._ruleset["school_year_label"],
            "ruleset": self._ruleset["name_zh"],
            "schools": len(judged),
            "planned": len(planned),
        }
        lines = [self._line(number, school) for number, school in enumerate(judged, 1)]
        first = PaperPage(
            index.name,
            index.title.format(**values),
            [PaperTable(index.columns, lines)],
            [line.format(**values) for line in index.lines],
            is_list=True,
        )
        return [first, *(self._page(school) for school in planned)]

    def _has_work(self, code: str) -> bool:
        return any(code in part for part in (self._shortfalls, self._missed, self._issues))

    def _line(self, number: int, school: DimSchool) -> Row:
        code = school["school_code"]
        verdicts = [self._label("stage", row["stage"]) + self._label("verdict", row["verdict"]) for row in self._verdicts[code]]
        return {
            "number": number,
            "school_name": school["school_name"] or code,
            "township": school["township"],
            "verdict_zh": "；".join(verdicts),
            "needs": len(self._needs(code)),
            "issues": len(self._issues.get(code, ())),
        }

    def _page(self, school: DimSchool) -> PaperPage:
        texts, code = self._texts, school["school_code"]
        verdicts, head = self._verdicts[code], texts.school
        values = {
            "school": school["school_name"] or code,
            "code": code,
            "township": school["township"] or "",
            "kind": self._label("school_kind", school["school_kind_code"]),
            "pupils": "、".join(
                head.pupils.format(stage=self._label("stage", row["stage"]), pupils=self._counted(code, row["stage"]))
                for row in verdicts
            ),
            "verdict": "；".join(
                head.verdict.format(
                    stage=self._label("stage", row["stage"]),
                    verdict=self._label("verdict", row["verdict"]),
                    strict=self._label("verdict", row["verdict_strict"]),
                )
                for row in verdicts
            ),
        }
        tables = [
            (texts.needs, self._needs(code)),
            (texts.trend, self._trend(code)),
            (texts.options, self._ways(code)),
            (texts.projects, [dict(row) for row in self._projects.get(code, ())]),
            (texts.issues, [dict(row) for row in self._issues.get(code, ())]),
        ]
        return PaperPage(
            school["school_name"] or code,
            head.title.format(**values),
            [PaperTable(table.columns, rows, table.heading) for table, rows in tables],
            [line.format(**values) for line in head.lines],
            is_one_page=True,
        )

    def _needs(self, code: str) -> list[Row]:
        """What is missing, each need once: a split amount for the school, with what each of its stages lacks."""
        texts = self._texts.school
        needs: dict[tuple[str, str], list[FctSchoolShortfall]] = defaultdict(list)
        for row in self._shortfalls.get(code, ()):
            is_split = self._indicators[row["indicator_code"], row["stage"]]["is_split"]
            needs[row["indicator_code"], "" if is_split else row["stage"]].append(row)
        lines: list[Row] = []
        for (indicator, _), rows in sorted(needs.items()):
            first = rows[0]  # what the school has to add is the same in each of them
            total, unit = amount(first["school_shortfall"], first["unit"])
            relaxed, relaxed_unit = amount(first["school_relaxed_shortfall"], first["unit"])
            shares = []
            for row in rows:
                share, share_unit = amount(row["shortfall"], row["unit"])
                shares.append(texts.of_the_stage.format(stage=self._label("stage", row["stage"]), amount=share, unit=share_unit))
            lines.append(
                {
                    "name": f"{indicator} {self._indicators[indicator, first['stage']]['name_zh']}",
                    "values": self._of_stages([(row["stage"], row["value_zh"]) for row in rows]),
                    "standards": self._of_stages([(row["stage"], plain(row["standard"])) for row in rows]),
                    "shares": "；".join(shares),
                    "amount": _number(total),
                    "unit": unit,
                    "relaxed": _number(relaxed) if relaxed_unit == unit else f"{relaxed} {relaxed_unit}",
                }
            )
        options = {(row["requirement_code"], row["part"]): row for row in reversed(self._options.get(code, ()))}
        for missed in self._missed.get(code, ()):
            key = (missed["requirement_code"], missed["part"])
            way = options.get(key)
            stage = self._labels.get(("stage", missed["part"]), "") if missed["part"] != "all" else ""
            lines.append(
                {
                    "name": f"{key[0]} {self._requirements[key]['name_zh']}",
                    "values": None if missed["value"] is None else plain(missed["value"]),
                    "standards": None if missed["threshold"] is None else plain(missed["threshold"]),
                    "shares": stage,
                    "amount": way["quantity"] if way else None,
                    "unit": way["unit"] if way else "",
                    "relaxed": self._label("verdict", missed["verdict"]),
                }
            )
        return lines

    def _of_stages(self, values: Sequence[tuple[str, str]]) -> str:
        if len(values) == 1:
            return values[0][1]
        return "；".join(
            self._texts.school.stage_value.format(stage=self._label("stage", stage), value=text) for stage, text in values
        )

    def _trend(self, code: str) -> list[Row]:
        lines: list[Row] = []
        for row in self._trends.get(code, ()):
            indicator = self._indicators[row["indicator_code"], row["stage"]]
            if indicator["is_composite"]:
                continue
            places = indicator["decimals"] or 0
            figures = {name: row[name] for name in ("previous_value", "value", "value_change")}
            lines.append(
                {
                    "name": f"{row['indicator_code']} {indicator['name_zh']}",
                    "stage_zh": self._label("stage", row["stage"]),
                    **{name: None if value is None else _number(fixed(value, places)) for name, value in figures.items()},
                    "verdict_zh": self._label("verdict", row["verdict"]),
                }
            )
        return lines

    def _ways(self, code: str) -> list[Row]:
        """Ways to meet each need; the item stands with the first of them."""
        lines: list[Row] = []
        for row in self._options.get(code, ()):
            is_first = row["option_order"] == 1
            stage = None if row["part"] == "all" else self._labels.get(("stage", row["part"]))
            item = f"{row['item_zh']}（{stage}）" if stage else row["item_zh"]
            lines.append(
                {
                    "item": f"{row['requirement_code']} {item}" if is_first else "",
                    "option_zh": row["option_zh"],
                    "quantity": row["quantity"],
                    "unit": row["unit"],
                    "money": money(row, self._texts),
                    "owner_zh": row["owner_zh"],
                    "deadline": self._deadline(code, row),
                    "project": "、".join(self._serving(code, row)) if is_first else "",
                }
            )
        return lines

    def _deadline(self, code: str, way: RptSchoolOption) -> date | None:
        """The first deadline of the open issues about this need, else of those about the resources of the school as a whole."""
        stage = None if way["part"] == "all" else self._labels.get(("stage", way["part"]))
        issues = [issue for issue in self._issues.get(code, ()) if stage in (None, issue["stage_zh"])]
        about = [issue for issue in issues if issue["requirement_code"] == way["requirement_code"]]
        if not about and way["requirement_code"] in {indicator for indicator, _ in self._indicators}:
            about = [issue for issue in issues if issue["requirement_code"] is None and issue["shortfall_indicator_code"]]
        return min((issue["deadline"] for issue in about if issue["deadline"]), default=None)

    def _serving(self, code: str, way: RptSchoolOption) -> list[str]:
        served = (way["part"], None) if way["part"] != "all" else None
        return list(
            dict.fromkeys(
                project["project_name"]
                for project in self._projects.get(code, ())
                if project["requirement_code"] == way["requirement_code"] and (served is None or project["stage"] in served)
            )
        )

    def _label(self, codes: str, code: str | None) -> str:
        return self._texts.undecided if code is None else self._labels.get((codes, code), code)

    def _counted(self, code: str, stage: str) -> str:
        pupils = self._pupils.get((code, stage))
        return self._texts.undecided if pupils is None else str(pupils)


def money(way: RptSchoolOption, texts: PlanTexts) -> Decimal | str:
    """What a way costs in 万元; in words where that is not known, or where it needs no money."""
    if not way["needs_money"]:
        return texts.no_money
    return texts.undecided if way["cost_wan_yuan"] is None else way["cost_wan_yuan"]


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _by_school(rows: Sequence[SchoolRow]) -> dict[str, list[SchoolRow]]:
    schools: dict[str, list[SchoolRow]] = {}
    for row in rows:
        schools.setdefault(str(row["school_code"]), []).append(row)
    return schools
