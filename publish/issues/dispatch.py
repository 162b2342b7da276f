"""Lists for the meetings on the issue ledger, from the published release: what is overdue, falls due, stands still, waits.

Which meeting is on which day, how far it looks ahead and what it looks at is ``dispatch.yml``; levels of escalation and days off
are seeds.
No name of a person stands in a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, TypedDict, get_args

import duckdb
from pydantic import Field, model_validator

from junheng.core.home import Home, write_atomically
from junheng.core.printable import in_paper, row_in_paper
from junheng.core.settings import CODES, ISSUES
from junheng.core.typed import StrictModel, complete, load
from publish.issues.issue_books import shown
from publish.issues.officials import posts_of_schools
from publish.papers.sheets import PaperColumn, PaperPage, PaperTable, paper_book
from publish.release import signature
from publish.release.release import Release
from publish.tables.reading import read
from publish.tables.rows import FctIssue
from publish.words.environment import environment
from publish.words.seeds import read_seed

_SATURDAY = 5
_WIDE, _NARROW = 34, 14
"""Characters of a column of a workbook."""
_ISSUES = """
with counties as (
    select county_code, arg_max(county_name, school_year) as county_name from marts.dim_county group by county_code
)
select issues.*, coalesce(counties.county_name, issues.county_code) as county_name, ledger.escalation_zh, ledger.next_act_zh,
    ledger.lead_unit_zh, ledger.leader_role_zh, ledger.school_name, ledger.state_zh
from marts.fct_issue as issues
inner join marts.rpt_issue_ledger as ledger using (issue_id)
left join counties on issues.county_code = counties.county_code
order by issues.county_code, issues.days_overdue desc, issues.deadline nulls last, issues.issue_id
"""


class ListedIssue(FctIssue):
    """An issue as the lists show it."""

    county_name: str
    escalation_zh: str | None
    next_act_zh: str | None
    lead_unit_zh: str | None
    leader_role_zh: str | None
    school_name: str | None
    state_zh: str


class PlacedIssue(ListedIssue):
    """With the inspection area of its school and the post of the inspector."""

    area_zh: str | None
    inspector_zh: str | None


class DueReport(TypedDict):
    """A document whose report falls due, with its findings and those that are open."""

    report_due_on: date
    source_document: str
    finding_count: int
    open_count: int


ListName = Literal["new", "overdue", "due", "still", "waiting", "reports"]


class Planned(StrictModel):
    """When a meeting is held: on a weekday (1 = Monday) of every nth ISO week, or on a day of the month."""

    weekday: int | None = None
    every: int | None = None
    month_day: int | None = None

    @model_validator(mode="after")
    def _one_plan(self) -> Planned:
        if (self.month_day is None) == (self.weekday is None) or (self.weekday is None) != (self.every is None):
            raise ValueError("give weekday and every, or month_day")
        return self


class Rhythm(StrictModel):
    """A kind of meeting, how many days ahead it looks and at what."""

    title: str
    planned: Planned
    days: int
    lists: tuple[ListName, ...]


class ListEntry(StrictModel):
    """A list of a meeting."""

    title: str
    columns: tuple[str, ...]


class GroupedBy(StrictModel):
    """A way to divide the issues: a table, and the column that divides them."""

    heading: str
    shows: str = Field(alias="from")


class GroupTexts(StrictModel):
    """The first sheet of a workbook."""

    sheet: str
    title: str
    name: str
    open: str
    overdue: str
    unknown: str
    by: tuple[GroupedBy, ...]


class DispatchLabels(StrictModel):
    """Texts around the lists."""

    file: str
    heading: str
    release: str
    none: str
    by_level: str
    count: str
    levels: str
    level: str
    message: str


class DispatchRules(StrictModel):
    """``dispatch.yml``."""

    rhythms: dict[str, Rhythm]
    still_days: int
    lists: Annotated[dict[ListName, ListEntry], complete(*get_args(ListName))]
    columns: dict[str, str]
    wide: tuple[str, ...]
    groups: GroupTexts
    inspector: str
    labels: DispatchLabels


def _rules() -> DispatchRules:
    return load(Path(__file__).with_suffix(".yml"), DispatchRules)


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
    return [name for name, rhythm in _rules().rhythms.items() if any(_is_planned(rhythm.planned, each) for each in planned)]


def _is_planned(plan: Planned, day: date) -> bool:
    if plan.every is None:
        return day.day == plan.month_day
    return day.isoweekday() == plan.weekday and day.toordinal() // 7 % plan.every == 0


def report_due(received: date) -> date:
    """Day by which the report on a document received that day is handed in."""
    (days,) = [row["value"] for row in read_seed(ISSUES / "issue_settings.csv") if row["setting"] == "report_due_days"]
    return next_working_day(received + timedelta(days=int(days)))


@dataclass(frozen=True)
class MeetingList:
    """One list of a meeting."""

    title: str
    columns: list[str]
    """Headers."""
    rows: Sequence[Mapping[str, object]]

    def cells(self, row: Mapping[str, object]) -> list[str]:
        """A row as texts."""
        columns = _rules().columns
        return [shown(row[columns[header]]) for header in self.columns]


@dataclass(frozen=True)
class Agenda:
    """The lists of one meeting of one county."""

    county: str
    heading: str
    release: str
    lists: list[MeetingList]
    groups: list[PaperTable]
    none: str


@dataclass(frozen=True)
class Dispatched:
    """What was written for a meeting, and what a message says of it."""

    heading: str
    message: str
    page: Path
    workbook: Path


def _listed(name: ListName, issues: Sequence[PlacedIssue], day: date, ahead: int) -> MeetingList:
    rules = _rules()
    rows: Sequence[PlacedIssue | DueReport]
    entry = rules.lists[name]
    still_open = [issue for issue in issues if issue["is_open"]]
    match name:
        case "new":
            rows = [issue for issue in still_open if issue["state"] == "opened"]
        case "overdue":
            rows = [issue for issue in still_open if issue["is_overdue"]]
        case "due":
            last = day + timedelta(days=ahead)
            rows = [i for i in still_open if not i["is_overdue"] and i["due_on"] is not None and i["due_on"] <= last]
        case "still":
            rows = [i for i in still_open if i["last_event_at"] <= day - timedelta(days=rules.still_days)]
        case "waiting":
            rows = [issue for issue in still_open if issue["state"] == "submitted"]
        case _:
            rows = _reports(issues, day + timedelta(days=ahead))
    return MeetingList(entry.title.format(still_days=rules.still_days), list(entry.columns), rows)


def _reports(issues: Sequence[PlacedIssue], last: date) -> list[DueReport]:
    """Documents with findings whose report falls due until a day, as long as one of their findings is open."""
    documents: dict[str, list[PlacedIssue]] = {}
    for issue in issues:
        if issue["origin"] == "finding" and issue["source_document"]:
            documents.setdefault(issue["source_document"], []).append(issue)
    reports = []
    for document, findings in documents.items():
        due, still_open = report_due(min(issue["opened_at"] for issue in findings)), sum(issue["is_open"] for issue in findings)
        if still_open and due <= last:
            report = DueReport(report_due_on=due, source_document=document, finding_count=len(findings), open_count=still_open)
            reports.append(report)
    return sorted(reports, key=lambda report: (report["report_due_on"], report["source_document"]))


def dispatch(
    home: Home,
    release: Release,
    day: date,
    rhythms: list[str] | None = None,
    out: Path | None = None,
    county: str | None = None,
) -> list[Dispatched]:
    """Write page and workbook of every meeting of a day (or of these rhythms) for every county with issues, or for one.

    They are written where the readers of the home find them, or into the folder ``out``.
    """
    with duckdb.connect(str(release.database), read_only=True) as connection:
        issues = list(map(row_in_paper, read(connection, ListedIssue, _ISSUES)))
    posts = posts_of_schools(home)
    by_county: dict[str, list[PlacedIssue]] = {}
    for issue in issues:
        if county in (None, issue["county_code"]):
            by_county.setdefault(issue["county_code"], []).append(_placed(issue, posts))
    chosen = meetings(day) if rhythms is None else rhythms
    written = [_write(release, of_county, day, name, out or home.dispatch) for of_county in by_county.values() for name in chosen]
    if out is None:
        for path in (home.dispatch, *(path for each in written for path in (each.page, each.workbook))):
            home.share(path)
    return written


def rhythms() -> list[str]:
    """All kinds of meetings."""
    return list(_rules().rhythms)


def _placed(issue: ListedIssue, posts: Mapping[tuple[str, str], Mapping[str, object]]) -> PlacedIssue:
    of_school = posts.get((issue["county_code"], issue["school_code"] or ""), {})
    area, inspector = of_school.get("inspection_area"), of_school.get("inspector_post")
    return PlacedIssue(
        **issue,
        area_zh=in_paper(str(area)) if area else None,
        inspector_zh=_rules().inspector.format(post=in_paper(str(inspector))) if inspector else None,
    )


def _write(release: Release, issues: Sequence[PlacedIssue], day: date, name: str, folder: Path) -> Dispatched:
    rules, labels = _rules(), _rules().labels
    rhythm = rules.rhythms[name]
    county, occasion = issues[0]["county_code"], {"date": day.isoformat(), "title": rhythm.title}
    heading = labels.heading.format(county=issues[0]["county_name"], **occasion)
    stands = labels.release.format(release=release.release_id, state=signature.said(release.signature))
    listed = {each: _listed(each, issues, day, rhythm.days) for each in rhythm.lists}
    agenda = Agenda(county, heading, stands, list(listed.values()), _groups(issues, listed), labels.none)
    file = folder / labels.file.format(county=county, **occasion)
    page, workbook = file.with_suffix(".html"), file.with_suffix(".xlsx")
    html = environment().get_template("dispatch.html.j2").render(agenda=agenda)
    write_atomically(page, html.encode())
    edges = {"release": release.release_id, "state": signature.said(release.signature), "created_at": release.created_at}
    write_atomically(workbook, paper_book(_pages(agenda), {**edges, "county": issues[0]["county_name"], "year": day.isoformat()}))
    counts = "，".join(_count(each) for each in agenda.lists)
    message = labels.message.format(heading=heading, counts=counts, file=workbook.name, release=stands)
    return Dispatched(heading, message, page, workbook)


def _groups(issues: Sequence[PlacedIssue], listed: Mapping[ListName, MeetingList]) -> list[PaperTable]:
    """How the open issues and the lists divide among those who answer; what is overdue by its level."""
    texts, levels = _rules().groups, _levels()
    counted: dict[str, Sequence[Mapping[str, object]]] = {texts.open: [issue for issue in issues if issue["is_open"]]}
    for name, of_list in listed.items():
        if name == "overdue":
            for level, label in levels.items():
                rows = [row for row in of_list.rows if row["escalation_level"] == level]
                counted[texts.overdue.format(level=label)] = rows
        elif name != "reports":
            counted[of_list.title] = of_list.rows
    columns = [
        PaperColumn.model_validate({"header": header, "from": header, "width": width})
        for header, width in ((texts.name, _WIDE), *((header, _NARROW) for header in counted))
    ]
    tables = []
    for by in texts.by:
        counts = {header: Counter(row[by.shows] or texts.unknown for row in rows) for header, rows in counted.items()}
        names = sorted(counts[texts.open], key=lambda name: (name == texts.unknown, -counts[texts.open][name], str(name)))
        lines = [{texts.name: name} | {header: count[name] for header, count in counts.items()} for name in names]
        tables.append(PaperTable(columns, lines, by.heading))
    return tables


@lru_cache(maxsize=1)
def _levels() -> dict[int, str]:
    """Levels of escalation with their labels."""
    labels = {row["code"]: row["label_zh"] for row in read_seed(CODES / "code_labels.csv") if row["list"] == "escalation"}
    return {int(row["level"]): labels[row["code"]] for row in read_seed(ISSUES / "issue_escalations.csv")}


def _count(listed: MeetingList) -> str:
    """How many there are, and of those that are escalated how many at each level."""
    labels = _rules().labels
    text = labels.count.format(title=listed.title, count=len(listed.rows))
    if labels.by_level not in listed.columns:
        return text
    levels = Counter((row["escalation_level"], row["escalation_zh"]) for row in listed.rows)
    counts = [labels.level.format(label=label, count=count) for (_, label), count in sorted(levels.items())]
    return f"{text}（{labels.levels.format(levels='、'.join(counts))}）" if counts else text


def _pages(agenda: Agenda) -> list[PaperPage]:
    rules = _rules()
    groups = PaperPage(
        rules.groups.sheet,
        rules.groups.title.format(heading=agenda.heading),
        agenda.groups,
        [agenda.release],
        is_landscape=True,
    )
    pages = [groups]
    for listed in agenda.lists:
        columns = [
            PaperColumn.model_validate(
                {"header": header, "from": rules.columns[header], "width": _WIDE if header in rules.wide else _NARROW}
            )
            for header in listed.columns
        ]
        title = f"{agenda.heading}　{listed.title}"
        table = PaperTable(columns, listed.rows)
        pages.append(PaperPage(listed.title, title, [table], [agenda.release], is_landscape=True, is_list=True))
    return pages
