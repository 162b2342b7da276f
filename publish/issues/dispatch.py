"""Lists for the meetings on the issue ledger, from the published release: what is overdue, falls due, stands still, waits.

Which meeting is on which day, how far it looks ahead and what it looks at is ``dispatch.yml``; levels of escalation and days off
are seeds.
No name of a person stands in a list.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter
import yaml

from junheng.core.home import Home, write_atomically
from junheng.core.printable import row_in_paper
from junheng.core.settings import ISSUES
from junheng.core.sql import records
from publish.issues.issue_books import shown
from publish.release import signature
from publish.release.release import Release
from publish.words.environment import environment
from publish.words.seeds import read_seed

_SATURDAY = 5
_ISSUES = """
with counties as (
    select county_code, arg_max(county_name, school_year) as county_name from marts.dim_county group by county_code
)
select issues.county_code, coalesce(counties.county_name, issues.county_code) as county_name, issues.origin,
    issues.source_document, issues.opened_at, issues.state, issues.is_open, issues.due_on, issues.is_overdue,
    issues.escalation_level, issues.last_event_at,
    ledger.escalation_zh as 督办级别, issues.days_overdue as 逾期天数, ledger.lead_unit_zh as 责任单位, issues.title as 问题名称,
    ledger.school_name as 学校, issues.deadline as 整改时限, ledger.state_zh as 状态, issues.note as 进展,
    issues.last_event_at as 末次办理, issues.submitted_at as 申请复查, issues.evidence_count as 佐证份数
from marts.fct_issue as issues
inner join marts.rpt_issue_ledger as ledger using (issue_id)
left join counties on issues.county_code = counties.county_code
order by issues.county_code, issues.days_overdue desc, issues.deadline nulls last, issues.issue_id
"""
Row = dict[str, Any]


@lru_cache(maxsize=1)
def _rules() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _days_off() -> dict[date, bool]:
    """Days that are not what their day of the week says, and whether they are working days."""
    rows = read_seed(ISSUES / "issue_calendar.csv")
    return {date.fromisoformat(row["calendar_date"]): row["is_working_day"] == "true" for row in rows}


def is_working_day(day: date) -> bool:
    """By the calendar seed; other Saturdays and Sundays are days off."""
    return _days_off().get(day, day.weekday() < _SATURDAY)


def next_working_day(day: date) -> date:
    """The day itself, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def meetings(day: date) -> list[str]:
    """Rhythms whose list is made on this day: planned for it, or for a day off right before it."""
    if not is_working_day(day):
        return []
    planned = [day]
    while not is_working_day(planned[-1] - timedelta(days=1)):
        planned.append(planned[-1] - timedelta(days=1))
    return [name for name, rhythm in _rules()["rhythms"].items() if any(_is_planned(rhythm["planned"], each) for each in planned)]


def _is_planned(plan: dict[str, int], day: date) -> bool:
    if "month_day" in plan:
        return day.day == plan["month_day"]
    return day.isoweekday() == plan["weekday"] and day.toordinal() // 7 % plan["every"] == 0


def report_due(received: date) -> date:
    """Day by which the report on a document received that day is handed in."""
    (days,) = [row["value"] for row in read_seed(ISSUES / "issue_settings.csv") if row["setting"] == "report_due_days"]
    return next_working_day(received + timedelta(days=int(days)))


@dataclass(frozen=True)
class MeetingList:
    """One list of a meeting."""

    title: str
    columns: list[str]
    rows: list[Row]

    def cells(self, row: Row) -> list[str]:
        """A row as texts."""
        return [shown(row[column]) for column in self.columns]


@dataclass(frozen=True)
class Agenda:
    """The lists of one meeting of one county."""

    county: str
    heading: str
    release: str
    lists: list[MeetingList]
    none: str


@dataclass(frozen=True)
class Dispatched:
    """What was written for a meeting, and what a message says of it."""

    heading: str
    message: str
    page: Path
    workbook: Path


def _listed(name: str, issues: list[Row], day: date, ahead: int) -> MeetingList:
    rules = _rules()
    entry = rules["lists"][name]
    still_open = [issue for issue in issues if issue["is_open"]]
    match name:
        case "overdue":
            rows = [issue for issue in still_open if issue["is_overdue"]]
        case "due":
            last = day + timedelta(days=ahead)
            rows = [i for i in still_open if not i["is_overdue"] and i["due_on"] is not None and i["due_on"] <= last]
        case "still":
            rows = [i for i in still_open if i["last_event_at"] <= day - timedelta(days=rules["still_days"])]
        case "waiting":
            rows = [issue for issue in still_open if issue["state"] == "submitted"]
        case _:
            rows = _reports(issues, day + timedelta(days=ahead))
    return MeetingList(entry["title"].format(**rules), entry["columns"], rows)


def _reports(issues: list[Row], last: date) -> list[Row]:
    """Documents with findings whose report falls due until a day, as long as one of their findings is open."""
    documents: dict[str, list[Row]] = {}
    for issue in issues:
        if issue["origin"] == "finding" and issue["source_document"]:
            documents.setdefault(issue["source_document"], []).append(issue)
    rows = []
    for document, found in documents.items():
        due, unfinished = report_due(min(issue["opened_at"] for issue in found)), sum(issue["is_open"] for issue in found)
        if unfinished and due <= last:
            rows.append({"报送时限": due, "问题来源": document, "问题数": len(found), "未销号": unfinished})
    return sorted(rows, key=lambda row: (row["报送时限"], row["问题来源"]))


def dispatch(home: Home, release: Release, day: date, rhythms: list[str] | None = None) -> list[Dispatched]:
    """Write page and workbook of every meeting of a day (or of these rhythms) for every county with issues."""
    with duckdb.connect(str(release.database), read_only=True) as connection:
        issues = list(map(row_in_paper, records(connection, _ISSUES)))
    by_county: dict[str, list[Row]] = {}
    for issue in issues:
        by_county.setdefault(issue["county_code"], []).append(issue)
    chosen = meetings(day) if rhythms is None else rhythms
    return [_write(home, release, own, day, name) for own in by_county.values() for name in chosen]


def _write(home: Home, release: Release, issues: list[Row], day: date, name: str) -> Dispatched:
    rules, labels = _rules(), _rules()["labels"]
    rhythm = rules["rhythms"][name]
    county, said = issues[0]["county_code"], {"date": day.isoformat(), "title": rhythm["title"]}
    heading = labels["heading"].format(county=issues[0]["county_name"], **said)
    stands = labels["release"].format(release=release.release_id, state=signature.said(release.signature))
    lists = [_listed(each, issues, day, rhythm["days"]) for each in rhythm["lists"]]
    agenda = Agenda(county, heading, stands, lists, labels["none"])
    file = home.dispatch / labels["file"].format(county=county, **said)
    page, workbook = file.with_suffix(".html"), file.with_suffix(".xlsx")
    html = environment().get_template("dispatch.html.j2").render(agenda=agenda)
    write_atomically(page, html.encode())
    write_atomically(workbook, _workbook(agenda))
    for path in (home.dispatch, page, workbook):
        home.share(path)
    counts = "，".join(_count(each) for each in lists)
    message = labels["message"].format(heading=heading, counts=counts, file=workbook.name, release=stands)
    return Dispatched(heading, message, page, workbook)


def _count(listed: MeetingList) -> str:
    """How many there are, and of those that are escalated how many at each level."""
    labels = _rules()["labels"]
    text: str = labels["count"].format(title=listed.title, count=len(listed.rows))
    levels = Counter((row.get("escalation_level"), row.get("督办级别")) for row in listed.rows if "督办级别" in listed.columns)
    told = [labels["level"].format(label=label, count=count) for (_, label), count in sorted(levels.items())]
    return f"{text}（{labels['levels'].format(levels='、'.join(told))}）" if told else text


def _workbook(agenda: Agenda) -> bytes:
    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(data, options)
    bold, wrapped = book.add_format({"bold": True, "bg_color": "#D9E1F2"}), book.add_format({"text_wrap": True, "valign": "top"})
    for listed in agenda.lists:
        sheet = book.add_worksheet(listed.title[:31])
        sheet.write_string(0, 0, f"{agenda.heading}　{listed.title}　{agenda.release}")
        for place, column in enumerate(listed.columns):
            sheet.set_column(place, place, 34 if column in ("问题名称", "进展", "问题来源") else 14)
            sheet.write_string(1, place, column, bold)
        for row, issue in enumerate(listed.rows, 2):
            for place, text in enumerate(listed.cells(issue)):
                sheet.write_string(row, place, text, wrapped)
        sheet.freeze_panes(2, 0)
    book.close()
    return data.getvalue()
