"""``junheng nightly``, the main job on one machine: run the two DAGs of a night in-process and say how it went (design 6.1)."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from junheng.core import progress
from junheng.core.days import iso_day
from junheng.core.home import Home, HomeLocked, HomeUnwritable, UnknownReaders
from junheng.core.messages import Messages
from junheng.core.run import CHINA, parse_workers
from junheng.core.settings import BadSetting, Settings, spark_python
from junheng.scheduler import inprocess

if TYPE_CHECKING:
    from publish.build.facts import NightFacts


class Exit(IntEnum):
    """Exit codes of ``junheng nightly`` (fixed surface)."""

    DONE = 0
    RED = 1
    USAGE = 2
    REFUSED = 3
    NOTHING = 4
    LOCKED = 5


@dataclass(frozen=True)
class Order:
    """What the command line asked for."""

    home: Path
    landing: Path | None = None
    school_years: tuple[int, ...] = ()
    rulesets: tuple[str, ...] = ()
    as_of: str | None = None
    language: str = "zh"
    engine: str = "duckdb"


class UsageError(ValueError):
    """The command line cannot be carried out; the message says why and what to do."""


def _check(order: Order, say: Messages, console: Console) -> tuple[Home, Path, bool]:
    """Home, landing and whether landing is empty. Raises UsageError."""
    from publish.words.seeds import ruleset_ids

    known = ruleset_ids()
    unknown = [name for name in order.rulesets if name not in known]
    if unknown:
        raise UsageError(say("unknown_ruleset", names=", ".join(unknown), known=", ".join(sorted(known))))
    if order.as_of is not None:
        try:
            iso_day(order.as_of)
        except ValueError as error:
            raise UsageError(say("bad_date", value=order.as_of)) from error
    if order.engine == "spark" and not spark_python().exists():
        raise UsageError(say("no_spark", path=spark_python(), variable=Settings.spark_python.name))
    try:
        parse_workers()
    except BadSetting as error:
        raise UsageError(say("bad_workers", variable=error.name, value=error.value)) from error
    home = Home(order.home)
    if order.landing is not None and not order.landing.is_dir():
        raise UsageError(say("landing_missing", path=order.landing))
    try:
        home.create()
        _say_closed(home.secure(), say, console)
    except UnknownReaders as error:
        raise UsageError(say("unknown_readers", variable=Settings.readers.name, name=error)) from error
    except OSError as error:
        raise UsageError(say("home_unwritable", path=home.path, error=error.strerror)) from error
    landing = (order.landing or home.landing).resolve()
    try:
        empty = not any(landing.iterdir())
    except OSError as error:
        raise UsageError(say("landing_unreadable", path=landing, error=error.strerror)) from error
    return home, landing, empty


def _say_closed(closed: int, say: Messages, console: Console) -> None:
    if closed:
        console.print(
            say("home_closed", count=closed, variable=Settings.readers.name), markup=False, highlight=False, soft_wrap=True
        )


@contextmanager
def _shown(terminal: TextIO, say: Messages) -> Iterator[inprocess.Progress]:
    """Progress on the terminal: a live bar where there is one, a line per step elsewhere."""
    console = Console(file=terminal)
    if not console.is_terminal:
        last = ""

        def line(task: str) -> None:
            nonlocal last
            label = say.task(task)
            if label != last:
                console.print(f"· {label}", highlight=False)
                last = label

        yield inprocess.Progress(started=line)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        job = bar.add_task("", total=0)
        total = 0

        def expect(count: int) -> None:
            nonlocal total
            total += count
            bar.update(job, total=total)

        files = bar.add_task(say("files"), total=0, visible=False)
        with progress.listening(lambda done, of: bar.update(files, completed=done, total=of, visible=done < of)):
            yield inprocess.Progress(
                started=lambda task: bar.update(job, description=say.task(task)),
                finished=lambda _task: bar.advance(job),
                expect=expect,
            )


def _is_due(home: Home, conf: dict[str, Any]) -> bool:
    from publish.steps import is_due

    return is_due(home, conf["rulesets"] or [])


def _run_dags(home: Home, conf: dict[str, Any], progress: inprocess.Progress) -> inprocess.DagOutcome:
    from junheng.scheduler import quiet

    night = None
    if quiet.may_be(home, conf):
        outcome = quiet.run(home, conf, progress)
    else:
        night = inprocess.InProcess(home, progress)
        outcome = night.run("ingest_exports", {name: conf[name] for name in conf if name not in ("rulesets", "engine")})
    if not outcome.succeeded:
        return outcome
    if not _is_due(home, conf):
        return replace(outcome, is_new=False)
    night = night or inprocess.InProcess(home, progress)
    return night.run("build_marts", {name: conf[name] for name in ("home", "rulesets", "engine")})


def _audit_failures(home: Home) -> list[str]:
    reports = home.work.glob("build-*/audit.json")
    return [line for report in reports for line in json.loads(report.read_text(encoding="utf-8"))["failures"]]


def _report_red(home: Home, outcome: inprocess.DagOutcome, log: Path, say: Messages, console: Console) -> None:
    findings = _audit_failures(home) if "audit" in outcome.failures else []
    if findings:
        console.print(say("audit_red"))
        for finding in findings:
            console.print(f"  ✗ {finding}", markup=False, highlight=False)
        console.print(say("rejected_kept", path=home.warehouse))
        return
    task, error = next(iter(outcome.failures.items()), ("?", "?"))
    key = "serve_failed" if task == "serve" else "night_failed"
    line = say(key, task=say.task(task), error=error, log=log, home=home.path)
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _set_aside(facts: NightFacts, say: Messages) -> Iterator[str]:
    """Accepted files of the night of which rows were set aside, each with the first reason."""
    files = [item for item in facts.received if item.rows_aside]
    if files:
        yield say("aside_title", count=len(files))
    for item in files:
        yield "  " + say("aside_line", file=item.file_name, rows=item.rows_aside, reason=item.reason)


def _copies(facts: NightFacts, say: Messages) -> Iterator[str]:
    """Files of the night that say the same as another one, byte by byte."""
    if facts.repeated:
        yield say("repeated_title", count=len(facts.repeated))
    for item in facts.repeated:
        yield "  " + say("repeated_line", file=item.file_name, reason=item.reason)


def _finish(home: Home, outcome: inprocess.DagOutcome, before: str | None, log: Path, say: Messages, console: Console) -> Exit:
    from junheng.cli import scorecard
    from publish.build.facts import night_facts
    from publish.release.release import served

    facts = night_facts(home)
    refused = facts.refused
    release = served(home)
    if refused:
        console.print(say("refused_title", count=len(refused)))
        for item in refused:
            line = say("refused_line", file=item.file_name, reason=item.reason, fix=item.fix)
            console.print("  " + line, markup=False, highlight=False, soft_wrap=True)
    for line in (*_copies(facts, say), *_set_aside(facts, say)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not outcome.succeeded:
        _report_red(home, outcome, log, say, console)
        return Exit.RED
    if release is None:
        console.print(say("nothing_yet"))
        return Exit.NOTHING
    scorecard.render(release, say, console)
    key = "published" if release.release_id != before else "unchanged" if outcome.is_new else "nothing_new"
    console.print(say(key, release=release.release_id), soft_wrap=True)
    return Exit.REFUSED if refused else Exit.DONE


def _tell(home: Home, outcome: inprocess.DagOutcome, day: str, log: Path, say: Messages, console: Console) -> None:
    """Tell whoever is to know what is new of this night, and say here what came of that (docs/runbooks/notifications.md)."""
    from junheng.scheduler import notifiers
    from publish import notices

    findings = _audit_failures(home) if "audit" in outcome.failures else []
    causes: dict[notices.Kind, Sequence[notices.Cause]] = {"failed": [], "red": notices.red(findings)}
    if not outcome.succeeded and not findings:
        causes = {"failed": [notices.failed(say.task(next(iter(outcome.failures), "?")), str(log))]}
    for sent in notifiers.tell(home, day, causes, deliveries=True):
        line = say("notice_failed", target=sent.label, problem=sent.problem) if sent.problem else say("notice", target=sent.label)
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def run(order: Order, console: Console) -> Exit:
    """Run one night and print its result. Returns the exit code."""
    say = Messages(order.language)
    try:
        home, landing, empty = _check(order, say, console)
    except UsageError as error:
        console.print(str(error), style="bold", markup=False, highlight=False, soft_wrap=True)
        return Exit.USAGE
    try:
        with home.lock():
            home.refuse_if_leased()
            return _locked(order, home, landing, empty, say, console)
    except HomeLocked as locked:
        key = "home_leased" if locked.lease else "home_locked"
        console.print(say(key, path=home.path, lease=locked.lease), markup=False, highlight=False, soft_wrap=True)
        return Exit.LOCKED
    except HomeUnwritable as error:
        console.print(say("home_unwritable", path=home.path, error=error), markup=False, highlight=False, soft_wrap=True)
        return Exit.USAGE


def _locked(order: Order, home: Home, landing: Path, empty: bool, say: Messages, console: Console) -> Exit:
    from publish import steps
    from publish.release.release import served

    if empty:
        console.print(say("landing_empty", path=landing), markup=False, highlight=False, soft_wrap=True)
    current = served(home)
    log = home.airflow / "nightly.log"
    log.unlink(missing_ok=True)
    conf = {
        "home": str(home.path),
        "landing": str(landing),
        "school_years": list(order.school_years) or None,
        "rulesets": list(order.rulesets) or None,
        "engine": order.engine,
        "as_of": iso_day(order.as_of) if order.as_of else datetime.now(CHINA).date().isoformat(),
    }
    os.chdir(home.path)  # libraries that write next to the working directory write below the home
    with inprocess.quiet(log) as terminal, _shown(terminal, say) as progress:
        try:
            outcome = _run_dags(home, conf, progress)
        except Exception as error:  # whatever it is, the person reads one line and the log has the rest
            traceback.print_exc()
            outcome = inprocess.DagOutcome(False, {"start": str(error).strip().splitlines()[-1]})
    steps.measure(home)
    code = _finish(home, outcome, current.release_id if current else None, log, say, console)
    _tell(home, outcome, str(conf["as_of"]), log, say, console)
    return code
