"""预演 国家核查: a random draw of schools with a checklist each, the calendar, and what every section still owes.

The points to look at come from the marts: figures that moved too far or contradict another source (joint review), values close to
their standard, passes that rest on a relaxation, venues that are leased. The draw depends on its printed seed alone, the release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb

from junheng.core.printable import file_name
from junheng.core.settings import CHECKS, RULES
from junheng.core.typed import StrictModel, complete, load
from publish.papers import owed_evidence
from publish.papers.school_plans import PlannedRuleset, Row, planned_rulesets
from publish.papers.sheets import PageTexts, PaperPage, list_page, paper_book
from publish.tables.reading import CountyYear, read
from publish.tables.rows import (
    AudCheckIndex,
    AudSubmission,
    BrgVenueSchool,
    DimCode,
    DimIndicator,
    DimRequirement,
    DimSchool,
    FctIssue,
    FctJointReview,
    FctSchoolIndicator,
    FctSchoolRequirement,
    FctSharedVenue,
)
from publish.words.seeds import read_seed

TABLES = (
    *("aud_check_index", "aud_submission", "brg_venue_school", "dim_code", "dim_county", "dim_indicator", "dim_requirement"),
    *("dim_ruleset", "dim_school", "fct_issue", "fct_joint_review", "fct_school_indicator", "fct_school_requirement"),
    *("fct_school_verdict", "fct_shared_venue", "rpt_evidence", "rpt_evidence_file", "rpt_issue_evidence", "rpt_issue_ledger"),
)
"""Marts that the paper reads."""
PointKind = Literal["check", "jump", "near", "relaxed", "lease", "contradiction"]
ReminderKind = Literal["owed", "refused"]
_LAST_YEAR = "last_year"
"""Side of the joint review that is the census of the year before."""


class YearlyDate(StrictModel):
    """A day of every year."""

    years: int
    month: int
    day: int
    matter: str
    source: str


class RehearsalTexts(StrictModel):
    """``rehearsal.yml``."""

    file: str
    draw_each: int
    near: Decimal
    draw: PageTexts
    school: PageTexts
    points: PageTexts
    kinds: Annotated[dict[PointKind, str], complete(*get_args(PointKind))]
    check_point: str
    near_point: str
    relaxed_point: str
    lease_point: str
    lease_open: str
    claimed_point: str
    review_point: str
    calendar: PageTexts
    dates: tuple[YearlyDate, ...]
    feedback: str
    feedback_days: tuple[int, ...]
    feedback_source: str
    relaxation_end: str
    reminders: PageTexts
    reminder_kinds: Annotated[dict[ReminderKind, str], complete(*get_args(ReminderKind))]
    owed_fix: str


def rehearsal_texts() -> RehearsalTexts:
    """Wording, layout and settings."""
    return load(Path(__file__).with_suffix(".yml"), RehearsalTexts)


def rehearsals(connection: duckdb.DuckDBPyConnection, county: CountyYear, foot: Mapping[str, str]) -> dict[str, bytes]:
    """Workbooks of a county in its newest year, by file name: one for each rule set that judges its schools."""
    texts, books = rehearsal_texts(), {}
    for ruleset in planned_rulesets(connection, county):
        rehearsal = _Rehearsal(connection, county, ruleset, foot)
        edges = {**foot, "county": county.name, "year": ruleset["school_year_label"]}
        named = texts.file.format(ruleset=ruleset["name_zh"], year=ruleset["school_year_label"])
        books[file_name(named, ".xlsx")] = paper_book(rehearsal.pages(), edges)
    return books


def drawn(codes: Sequence[str], seed: str, count: int) -> list[str]:
    """The schools that a seed draws: those whose SHA-256 of ``seed/code`` is the smallest."""
    return sorted(codes, key=lambda code: hashlib.sha256(f"{seed}/{code}".encode()).hexdigest())[:count]


class _Rehearsal:
    """What an inspection of a county under a rule set might look at."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, county: CountyYear, ruleset: PlannedRuleset, foot: Mapping[str, str]
    ) -> None:
        self._connection, self._county, self._ruleset, self._texts = connection, county, ruleset, rehearsal_texts()
        self._seed, self._day = foot["release"], date.fromisoformat(foot["created_at"][:10])
        self._labels = {(row["list"], row["code"]): row["label_zh"] for row in read(connection, DimCode, "from marts.dim_code")}
        self._year, self._rules = (county.code, county.year), (county.code, county.year, ruleset["ruleset_id"])
        relaxations = [row for row in read_seed(RULES / "rule_relaxations.csv") if row["ruleset_id"] == ruleset["ruleset_id"]]
        self._relaxations = {row["relaxation_code"]: row for row in relaxations}
        query = "from marts.dim_school where county_code = ? and school_year = ? order by display_order nulls last, school_code"
        self._schools = {row["school_code"]: row for row in read(connection, DimSchool, query, *self._year)}
        self._names = {
            (row["indicator_code"], row["stage"]): row["name_zh"]
            for row in read(connection, DimIndicator, "from marts.dim_indicator where ruleset_id = ?", self._rules[2])
        } | {
            (row["requirement_code"], row["part"]): row["name_zh"]
            for row in read(connection, DimRequirement, "from marts.dim_requirement where ruleset_id = ?", self._rules[2])
        }
        self._points = self._all_points()
        self._figures = self._all_figures()

    def pages(self) -> list[PaperPage]:
        """The draw, a checklist for each school drawn, all points, the calendar, the reminders."""
        texts, by_stage = self._texts, self._judged()
        chosen: dict[str, list[str]] = {}
        for stage, codes in by_stage.items():
            for code in drawn(codes, self._seed, texts.draw_each):
                chosen.setdefault(code, []).append(self._label("stage", stage))
        values = {
            "county": self._county.name,
            "year": self._ruleset["school_year_label"],
            "ruleset": self._ruleset["name_zh"],
            "seed": self._seed,
            "each": texts.draw_each,
            "count": len(chosen),
        }
        lines: list[Row] = [
            {
                "number": number,
                "school_name": self._name(code),
                "township": self._schools[code]["township"],
                "stages": "、".join(stages),
                "points": len(self._points.get(code, ())),
            }
            for number, (code, stages) in enumerate(chosen.items(), 1)
        ]
        every = [point for code in self._schools for point in self._points.get(code, ())]
        counted = {**values, "schools": sum(bool(points) for points in self._points.values()), "count": len(every)}
        calendar, reminders = self._calendar(), self._reminders()
        return [
            list_page(texts.draw, lines, values),
            *(self._checklist(code) for code in chosen),
            list_page(texts.points, _numbered(every), counted),
            list_page(texts.calendar, calendar, {**values, "day": self._day.isoformat()}),
            list_page(texts.reminders, _numbered(reminders), values),
        ]

    def _judged(self) -> dict[str, list[str]]:
        """Codes of the schools with a verdict, by stage."""
        rows = self._connection.execute(
            """
            select verdicts.stage, verdicts.school_code from marts.fct_school_verdict as verdicts
            inner join marts.dim_code as stages on stages.list = 'stage' and stages.code = verdicts.stage
            where county_code = ? and school_year = ? and ruleset_id = ? and verdict is not null
            order by stages.display_order, school_code
            """,
            self._rules,
        ).fetchall()
        by_stage: dict[str, list[str]] = {}
        for stage, code in rows:
            if code in self._schools:
                by_stage.setdefault(stage, []).append(code)
        return by_stage

    def _checklist(self, code: str) -> PaperPage:
        texts, school = self._texts.school, self._schools[code]
        values = {"school": self._name(code), "code": code, "township": school["township"] or "", "seed": self._seed}
        points = [*self._points.get(code, []), *self._figures.get(code, [])]
        lines = [{**point, "result": None, "note": None} for point in _numbered(points)]
        page = list_page(texts, lines, values)
        return PaperPage(texts.name.format(**values), page.title, page.tables, page.lines, is_one_page=True)

    def _all_points(self) -> dict[str, list[Row]]:
        points: dict[str, list[Row]] = {}
        for part in (self._reviewed(), self._close(), self._relaxed(), self._leased()):
            for code, point in part:
                points.setdefault(code, []).append(point)
        return points

    def _point(self, kind: PointKind, code: str, point: str, value: object = None, reference: object = None) -> tuple[str, Row]:
        named = {"school_name": self._name(code), "kind_zh": self._texts.kinds[kind], "point": point}
        return code, {**named, "value": value, "reference": reference}

    def _reviewed(self) -> list[tuple[str, Row]]:
        """Figures that differ from the year before or from another source by more than is allowed."""
        query = """
            from marts.fct_joint_review
            where county_code = ? and school_year = ? and state = 'disagree' and school_code is not null
            order by item_code, stage
        """
        points = []
        for row in read(self._connection, FctJointReview, query, *self._year):
            kind: PointKind = "jump" if row["right_source"] == _LAST_YEAR else "contradiction"
            text = self._texts.review_point.format(stage=self._stage(row["stage"]), name=row["name_zh"], state=row["state_zh"])
            points.append(self._point(kind, row["school_code"] or "", text, row["left_value"], row["right_value"]))
        return points

    def _close(self) -> list[tuple[str, Row]]:
        """Values within a share of their standard, above or below."""
        query = """
            from marts.fct_school_indicator
            where county_code = ? and school_year = ? and ruleset_id = ? and abs(value - standard) <= standard * ?
            order by indicator_code, stage
        """
        points = []
        for row in read(self._connection, FctSchoolIndicator, query, *self._rules, self._texts.near):
            text = self._texts.near_point.format(
                stage=self._stage(row["stage"]),
                name=self._indicator(row["indicator_code"], row["stage"]),
                verdict=self._label("verdict", row["verdict_strict"]),
            )
            points.append(self._point("near", row["school_code"], text, row["value_rounded"], row["standard"]))
        return points

    def _all_figures(self) -> dict[str, list[Row]]:
        """Every figure of a school, to be compared with what is there."""
        query = """
            from marts.fct_school_indicator
            where county_code = ? and school_year = ? and ruleset_id = ? and standard is not null order by stage, indicator_code
        """
        figures: dict[str, list[Row]] = {}
        for row in read(self._connection, FctSchoolIndicator, query, *self._rules):
            text = self._texts.check_point.format(
                stage=self._stage(row["stage"]),
                name=self._indicator(row["indicator_code"], row["stage"]),
                verdict=self._label("verdict", row["verdict_strict"]),
            )
            code, figure = self._point("check", row["school_code"], text, row["value_rounded"], row["standard"])
            figures.setdefault(code, []).append(figure)
        return figures

    def _relaxed(self) -> list[tuple[str, Row]]:
        """What is only met by a relaxation."""
        where = "where county_code = ? and school_year = ? and ruleset_id = ? and relaxation_code is not null"
        points = []
        query = f"from marts.fct_school_indicator {where} order by indicator_code, stage"
        for row in read(self._connection, FctSchoolIndicator, query, *self._rules):
            name, stage = self._indicator(row["indicator_code"], row["stage"]), self._stage(row["stage"])
            text = self._by_relaxation(name, stage, row["relaxation_code"], row["verdict"], row["verdict_strict"])
            points.append(self._point("relaxed", row["school_code"], text, row["value_rounded"], row["standard"]))
        query = f"from marts.fct_school_requirement {where} order by requirement_code, part"
        for asked in read(self._connection, FctSchoolRequirement, query, *self._rules):
            name, codes = self._indicator(asked["requirement_code"], asked["part"]), asked["relaxation_code"]
            text = self._by_relaxation(name, "", codes, asked["verdict"], asked["verdict_strict"])
            points.append(self._point("relaxed", asked["school_code"], text, asked["value"], asked["threshold"]))
        return points

    def _by_relaxation(self, name: str, stage: str, code: str | None, verdict: str | None, strict: str | None) -> str:
        relaxation = self._label("relaxation", code)
        labels = {"verdict": self._label("verdict", verdict), "strict": self._label("verdict", strict)}
        return self._texts.relaxed_point.format(stage=stage, name=name, relaxation=relaxation, **labels)

    def _leased(self) -> list[tuple[str, Row]]:
        """Venues that belong to others, with the end of the agreement; areas that several schools claim."""
        texts, where = self._texts, "where county_code = ? and school_year = ?"
        points = []
        query = f"from marts.brg_venue_school {where} and \"use\" <> 'own' order by valid_to nulls first, venue_no, school_code"
        of_venues = read(self._connection, FctSharedVenue, f"from marts.fct_shared_venue {where} order by venue_no", *self._year)
        venues = {row["venue_no"]: row for row in of_venues}
        for row in read(self._connection, BrgVenueSchool, query, *self._year):
            venue = venues.get(row["venue_no"])
            text = texts.lease_point.format(
                venue=(venue and venue["venue_name"]) or row["venue_no"],
                use=self._label("venue_use", row["use"]),
                document=row["source_document"] or texts.lease_open,
                until=row["valid_to"] or texts.lease_open,
            )
            points.append(self._point("lease", row["school_code"], text, row["counted_area_m2"]))
        for venue in venues.values():
            claiming = [code for code in self._schools if venue["is_claimed_twice"] and code in (venue["claimed_by"] or "")]
            named = "、".join(map(self._name, claiming))
            text = texts.claimed_point.format(venue=venue["venue_name"] or venue["venue_no"], schools=named)
            points += [self._point("contradiction", code, text, venue["area_m2"]) for code in claiming]
        return points

    def _calendar(self) -> list[Row]:
        """Days of the year, of reports after feedback, and of relaxations that end; what has no day stands last."""
        texts = self._texts
        entries: list[tuple[date | None, str, str]] = [
            (date(self._county.year + each.years, each.month, each.day), each.matter, each.source) for each in texts.dates
        ]
        query = """
            from marts.fct_issue where county_code = ? and origin = 'finding' and source_document is not null and is_open
            order by opened_at, issue_id
        """
        received: dict[str, date] = {}
        for issue in read(self._connection, FctIssue, query, self._county.code):
            received.setdefault(str(issue["source_document"]), issue["opened_at"])
        for document, day in received.items():
            for days in texts.feedback_days:
                matter = texts.feedback.format(document=document, days=days)
                entries.append((day + timedelta(days=days), matter, texts.feedback_source))
        for code, row in self._relaxations.items():
            end = date(int(row["valid_to_year"]) + 1, 8, 31) if row["valid_to_year"] else None
            entries.append((end, texts.relaxation_end.format(name=self._label("relaxation", code)), row["source_document"]))
        entries.sort(key=lambda entry: (entry[0] is None, entry[0] or date.max, entry[1]))
        return [
            {"day": day, "days": None if day is None else (day - self._day).days, "matter": matter, "source": source}
            for day, matter, source in entries
        ]

    def _reminders(self) -> list[Row]:
        """What the sections still owe: data, files that were refused, evidence."""
        texts, where = self._texts, "where county_code = ? and school_year = ?"
        sections = {row["source"]: row["section_zh"] for row in reversed(read_seed(CHECKS / "review_sources.csv"))}
        lines: list[Row] = []
        query = f"""
            from marts.aud_check_index {where} and is_owed
            qualify row_number() over (partition by source order by submissions desc) = 1 and submissions = 0 order by source
        """
        for owed in read(self._connection, AudCheckIndex, query, *self._year):
            source = self._label("source", owed["source"])
            lines.append(self._reminder("owed", sections.get(owed["source"]), source, texts.owed_fix))
        query = f"""
            from marts.aud_submission {where} and status = 'refused'
            qualify row_number() over (partition by submission_id order by delivery_night desc) = 1 order by file_name
        """
        for refused in read(self._connection, AudSubmission, query, *self._year):
            section = sections.get(refused["source"] or "")
            lines.append(self._reminder("refused", section, f"{refused['file_name']}：{refused['reason']}", refused["fix"] or ""))
        lines += owed_evidence.owed_evidence(self._connection, self._county, [self._rules[2]], self._day)
        return sorted(lines, key=lambda line: (line["section"] is None, str(line["section"])))

    def _reminder(self, kind: ReminderKind, section: str | None, matter: str, fix: str) -> Row:
        return {"section": section, "kind_zh": self._texts.reminder_kinds[kind], "matter": matter, "fix": fix}

    def _indicator(self, code: str, stage: str) -> str:
        return f"{code} {self._names.get((code, stage), '')}".rstrip()

    def _name(self, code: str) -> str:
        school = self._schools.get(code)
        return (school and school["school_name"]) or code

    def _label(self, codes: str, code: str | None) -> str:
        return "" if code is None else self._labels.get((codes, code), code)

    def _stage(self, code: str) -> str:
        return "" if code == "all" else self._label("stage", code)


def _numbered(lines: Sequence[Row]) -> list[Row]:
    return [{**line, "number": number} for number, line in enumerate(lines, 1)]
