"""What is told when a night needs somebody: it failed or is late, its audit is red, files were refused, a delivery is overdue.

A cause is told once: what has been told stands in ``<home>/notices.json`` until the cause is gone. Nothing here sends anything
(``junheng.scheduler.notifiers`` does), and no message holds a number of a person or what may be a secret. Texts: ``notices.yml``.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, get_args

import duckdb

from ingest.schema.source import load_source
from ingest.values.persons import masked
from junheng.core.deliveries import create_deliveries
from junheng.core.home import Home, write_atomically
from junheng.core.settings import SETTINGS, SOURCES
from junheng.core.typed import StrictModel, complete, load
from publish.build.facts import night_facts
from publish.words import formats
from publish.words.counties import counties_below

Kind = Literal["failed", "red", "refused", "overdue", "late"]

_TOLD = "notices.json"
_ACCEPTED = """
select distinct county_code, school_year, coverage.source from stg_ledger__coverage as coverage
inner join int_ledger__delivery using (submission_id, delivery_night, night) where status = 'accepted'
"""
_LOGIN = re.compile(r"://[^/\s@]{1,200}@")
_SECRET = re.compile(r"\b(password|passwd|pwd|token|access_token|secret|key)=[^\s&;，。]{1,200}", re.IGNORECASE)


class NoticeKind(StrictModel):
    """How messages of one kind begin."""

    title: str
    advice: str


class NoticeLines(StrictModel):
    """A line on one cause."""

    failed: str
    refused: str
    overdue: str
    late: str
    deadline_fault: str


DeadlineColumn = Literal["year", "area", "source", "due"]
DeadlineFault = Literal["columns", "area", "year", "source", "due", "unreadable"]


class DeadlineTexts(StrictModel):
    """The file of the deadlines: its name, its columns, what may be wrong in it."""

    file: str
    columns: Annotated[dict[DeadlineColumn, str], complete(*get_args(DeadlineColumn))]
    faults: Annotated[dict[DeadlineFault, str], complete(*get_args(DeadlineFault))]


class NoticeTexts(StrictModel):
    """``notices.yml``."""

    most_lines: int
    longest_line: int
    kinds: Annotated[dict[Kind, NoticeKind], complete(*get_args(Kind))]
    heading: str
    count: str
    line: str
    more: str
    link: str
    lines: NoticeLines
    deadlines: DeadlineTexts


def _texts() -> NoticeTexts:
    return load(Path(__file__).with_suffix(".yml"), NoticeTexts)


@dataclass(frozen=True)
class Cause:
    """One reason to tell somebody. ``key`` is the same every night on which it is the same."""

    key: str
    line: str


@dataclass(frozen=True)
class Message:
    """What goes out about the new causes of one kind."""

    heading: str
    text: str


Causes = Mapping[Kind, Sequence[Cause]]
Send = Callable[[Message], bool]
"""Sends a message; whether it reached anybody."""


def failed(task: str, log: str) -> Cause:
    """A step that failed; the log says why. Errors are not repeated: what they quote is not known."""
    return Cause(task, _texts().lines.failed.format(task=task, log=log))


def red(findings: Iterable[str]) -> list[Cause]:
    """Findings of an audit."""
    return [Cause(_key(finding), finding) for finding in findings]


def refused(home: Home) -> list[Cause]:
    """Files that the latest night refused or that lie there refused."""
    line = _texts().lines.refused
    return [
        Cause(_key(d.file_name, d.reason), line.format(file=d.file_name, reason=d.reason, fix=d.fix))
        for d in night_facts(home).refused
    ]


def overdue(home: Home, day: date) -> list[Cause]:
    """Deliveries due before ``day`` by ``<home>/deadlines.csv`` of which nothing was accepted; none without that file."""
    line = _texts().lines.overdue
    accepted = _accepted(home)
    causes = []
    for entry in _deadlines(home):
        if isinstance(entry, Cause):
            causes.append(entry)
        elif entry.due < day:
            for code, name in counties_below(entry.area, entry.year).items():
                if (code, entry.year, entry.source) not in accepted:
                    title = load_source(entry.source).title_zh
                    shown = {"county": name, "code": code, "year": formats.school_year(entry.year), "source": title}
                    causes.append(
                        Cause(_key(code, str(entry.year), entry.source), line.format(due=entry.due.isoformat(), **shown))
                    )
    return causes


def late(home: Home, day: date) -> list[Cause]:
    """The night of a day that is not committed yet; whoever asks says when it should be. None before the first night."""
    last = night_facts(home).as_of
    if not last or date.fromisoformat(last) >= day:
        return []
    return [Cause(_key(day.isoformat()), _texts().lines.late.format(day=day.isoformat(), last=last))]


@dataclass(frozen=True)
class _Deadline:
    area: str
    year: int
    source: str
    due: date


def _deadlines(home: Home) -> Iterator[_Deadline | Cause]:
    """Lines of the file, and what is wrong with the others."""
    rules = _texts().deadlines
    path = home.path / rules.file
    if not path.is_file():
        return
    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            lines = list(csv.DictReader(handle))
    except (UnicodeDecodeError, csv.Error, OSError):
        yield _fault(path, 1, "unreadable", "")
        return
    columns = rules.columns
    if lines and (lacking := [name for name in columns.values() if name not in lines[0]]):
        yield _fault(path, 1, "columns", "", columns="、".join(lacking))
        return
    for number, line in enumerate(lines, 2):
        given = {key: (line[name] or "").strip() for key, name in columns.items()}
        if wrong := next((key for key, value in given.items() if not _fits(key, value, given)), None):
            yield _fault(path, number, wrong, given[wrong])
        else:
            yield _Deadline(given["area"], int(given["year"]), _sources()[given["source"]], date.fromisoformat(given["due"]))


def _fits(key: DeadlineColumn, value: str, given: Mapping[DeadlineColumn, str]) -> bool:
    match key:
        case "year":
            return re.fullmatch(r"(?:19|20)[0-9]{2}", value) is not None
        case "area":
            return value.isdecimal() and bool(counties_below(value, int(given["year"])))
        case "source":
            return value in _sources()
        case _:
            try:
                return bool(date.fromisoformat(value))
            except ValueError:
                return False


@lru_cache(maxsize=1)
def _sources() -> dict[str, str]:
    """Sources by name and by Chinese title."""
    names = sorted(path.stem for path in SOURCES.glob("*.yml"))
    return {name: name for name in names} | {load_source(name).title_zh: name for name in names}


def _fault(path: Path, row: int, fault: DeadlineFault, value: str, **details: str) -> Cause:
    texts = _texts()
    what = texts.deadlines.faults[fault].format(value=value, **details)
    return Cause(_key(path.name, str(row), what), texts.lines.deadline_fault.format(file=path.name, row=row, fault=what))


def _accepted(home: Home) -> set[tuple[str, int, str]]:
    """County, school year and source of everything that was accepted, by the judgement that counts."""
    with duckdb.connect() as connection:
        create_deliveries(connection, home)
        return set(connection.execute(_ACCEPTED).fetchall())


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:16]


def tell(home: Home, causes: Causes, day: str, send: Send) -> None:
    """Send a message for every kind with causes that were not told, and keep what was told.

    Kinds that are not given stay as they are; a cause that is gone is forgotten, so that it is told again when it comes back.
    What reached nobody is not told and waits for the next night.
    """
    known_keys = _told(home)
    before = json.dumps(known_keys, sort_keys=True)
    for kind, of_kind in causes.items():
        known = set(known_keys.get(kind, ()))
        new = [cause for cause in of_kind if cause.key not in known]
        if new and send(_message(home, kind, new, day)):
            known |= {cause.key for cause in new}
        known_keys[kind] = sorted(known & {cause.key for cause in of_kind})
    if json.dumps(known_keys, sort_keys=True) != before:
        write_atomically(home.path / _TOLD, json.dumps(known_keys, indent=1, sort_keys=True).encode())


def _told(home: Home) -> dict[str, list[str]]:
    """Keys of the causes that were told, by kind; nothing where the file is not what it was written as."""
    try:
        keys_by_kind = json.loads((home.path / _TOLD).read_text(encoding="utf-8"))
        return {str(kind): [str(key) for key in keys] for kind, keys in keys_by_kind.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _message(home: Home, kind: Kind, causes: Sequence[Cause], day: str) -> Message:
    texts = _texts()
    kind_texts = texts.kinds[kind]
    heading = texts.heading.format(title=kind_texts.title, date=day)
    shown = [texts.line.format(line=_cut(clean(cause.line))) for cause in causes[: texts.most_lines]]
    more = len(causes) - len(shown)
    lines = [heading, texts.count.format(count=len(causes)) + "。" + kind_texts.advice, *shown]
    lines += [texts.more.format(count=more)] if more else []
    return Message(heading, "\n".join([*lines, texts.link.format(link=_link(home))]))


def _cut(line: str) -> str:
    longest = _texts().longest_line
    flat = " ".join(line.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def clean(text: str) -> str:
    """A text without numbers of persons and without what may be a login, a token or a key."""
    return masked(_SECRET.sub(r"\1=***", _LOGIN.sub("://***@", text)))


def _link(home: Home) -> str:
    """Where the page of the release in force is read: at the address of the office, else below the home."""
    address = SETTINGS.site_url
    return f"{address}/index.html" if address else str(home.current / "site" / "index.html")
