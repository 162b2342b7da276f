"""How a home is doing: figures after each night as a text file of OpenMetrics and as a page (docs/operations.md).

Both lie in ``published/metrics/``. Nothing in them is a person's: files are counted, counties are named by their codes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from ingest.landing import envelope, landing
from junheng.core import chain
from junheng.core.home import Home, write_atomically
from junheng.core.ledger import Ledger
from junheng.core.records import Status
from junheng.core.run import CHINA
from junheng.core.typed import StrictModel, load
from publish import notices
from publish.build.facts import night_facts
from publish.release.release import served
from publish.words.environment import environment

Column = Literal["night", "day", "received", "refused", "aside", "ratio"]
_PREFIX = "junheng_"
_GROWTH_DAYS = 30
_COUNTED = ("pass", "warn", "fail")
"""States of checks that looked at something."""


class MeasureTexts(StrictModel):
    """What one figure is called on the page and what it means."""

    title: str
    meaning: str


class MetricsTexts(StrictModel):
    """``metrics.yml``."""

    file: str
    page: str
    nights: int
    heading: str
    as_of: str
    trend: str
    measures: dict[str, MeasureTexts]
    labels: dict[str, str]
    columns: dict[Column, str]


@dataclass(frozen=True)
class MetricSample:
    """One figure. ``label``: name and value of what it is about, where a measure has several."""

    measure: str
    value: float
    label: tuple[str, str] | None = None


class NightLine(NamedTuple):
    """A night of the trend."""

    night: int
    day: str
    received: int
    refused: int
    aside: int
    ratio: float | None


def _texts() -> MetricsTexts:
    return load(Path(__file__).with_suffix(".yml"), MetricsTexts)


def _ratio(states: Counter[str]) -> float | None:
    """Share that passed of what looked at something; None where nothing did."""
    counted = sum(states[state] for state in _COUNTED)
    return states["pass"] / counted if counted else None


def _states(ledger: Ledger, night: int) -> Counter[str]:
    return Counter(str(state) for state in ledger.table("check_results", night)["status"].to_pylist())


def trend(home: Home, nights: int) -> list[NightLine]:
    """The last nights, newest first."""
    ledger = Ledger(home)
    lines = []
    for number in reversed(ledger.numbers()[-nights:]):
        judged = ledger.table("submissions", number).to_pylist()
        statuses = Counter(row["status"] for row in judged)
        aside = sum(row["rows_quarantined"] or 0 for row in judged if row["status"] == Status.ACCEPTED)
        day = ledger.night(number).get("as_of", "")
        states = _states(ledger, number)
        lines.append(NightLine(number, day, statuses[Status.ACCEPTED], statuses[Status.REFUSED], aside, _ratio(states)))
    return lines


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _times(night: Mapping[str, str]) -> Iterator[MetricSample]:
    """Nothing of a night of an earlier version, which does not say when it was."""
    if "started_at" in night and "finished_at" in night:
        finished = _seconds(night["finished_at"])
        yield MetricSample("night_finished_timestamp_seconds", finished)
        yield MetricSample("night_duration_seconds", finished - _seconds(night["started_at"]))


def _waiting(ledger: Ledger, number: int) -> Iterator[MetricSample]:
    """Nothing where landing cannot be read, or a night of an earlier version does not name it: then nobody knows."""
    try:
        lying = {name for name, _ in landing.listed(Path(ledger.night(number)["landing"]))}
    except (OSError, KeyError):
        return
    seen = {row["path"].split(envelope.MARK)[0] for row in ledger.table("inventory", number).to_pylist() if row["present"]}
    yield MetricSample("files_waiting", len(lying - seen))


def _ages(ledger: Ledger, today: date) -> Iterator[MetricSample]:
    last: dict[str, int] = {}
    for row in ledger.table("coverage").select(["county_code", "night"]).to_pylist():
        last[row["county_code"]] = max(row["night"], last.get(row["county_code"], 0))
    days = {number: date.fromisoformat(ledger.night(number)["as_of"]) for number in set(last.values())}
    for county, number in sorted(last.items()):
        yield MetricSample("county_age_days", (today - days[number]).days, ("county_code", county))


def _growth(home: Home, ledger: Ledger, today: date) -> float:
    """Bytes of originals that came in the last days, for each of them."""
    days = {number: date.fromisoformat(ledger.night(number)["as_of"]) for number in ledger.numbers()}
    window = max(1, min(_GROWTH_DAYS, (today - min(days.values())).days))
    since, seen, grown = today - timedelta(days=window), set[str](), 0
    for entry in chain.of_home(home).entries():
        new = set(entry.body.get("originals", ())) - seen if entry.kind in (chain.NIGHT, chain.ADOPTED) else set()
        seen |= new
        if entry.kind == chain.NIGHT and days.get(entry.body["night"], since) > since:
            grown += sum(path.stat().st_size for path in map(home.original, new) if path.is_file())
    return grown / window


def _bytes(folder: Path) -> int:
    total, folders = 0, [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total


def samples(home: Home) -> list[MetricSample]:
    """Every figure after the last night; none before the first. Raises OSError where the home cannot be read."""
    ledger = Ledger(home)
    if not ledger.numbers():
        return []
    number = ledger.numbers()[-1]
    night, facts, today = ledger.night(number), night_facts(home), date.fromisoformat(ledger.night(number)["as_of"])
    states = _states(ledger, number)
    measured = [
        MetricSample("night_number", number),
        *_times(night),
        MetricSample("files_received", len(facts.received)),
        MetricSample("files_refused", len(facts.refused)),
        MetricSample("files_repeated", len(facts.repeated)),
        MetricSample("rows_set_aside", sum(item.rows_aside for item in facts.received)),
        MetricSample("deliveries_overdue", len(notices.overdue(home, today))),
        *_waiting(ledger, number),
        *(MetricSample("checks", count, ("status", state)) for state, count in sorted(states.items())),
        *_ages(ledger, today),
        *(
            MetricSample("home_bytes", _bytes(folder), ("folder", folder.name))
            for folder in (home.archive, home.bronze, home.quarantine, home.ledger, home.warehouse, home.published)
        ),
    ]
    measured.append(MetricSample("archive_growth_bytes_per_day", _growth(home, ledger, today)))
    if (ratio := _ratio(states)) is not None:
        measured.append(MetricSample("check_pass_ratio", ratio))
    if release := served(home):
        measured.append(MetricSample("release_created_timestamp_seconds", _seconds(release.created_at)))
        decision = release.signature
        measured.append(MetricSample("release_is_signed", int(decision is not None and decision.decision == "approved")))
    return measured


def openmetrics(measured: list[MetricSample]) -> str:
    """The text that monitoring reads."""
    lines = []
    for name, measure in _texts().measures.items():
        of_measure = [sample for sample in measured if sample.measure == name]
        if of_measure:
            lines += [f"# TYPE {_PREFIX}{name} gauge", f"# HELP {_PREFIX}{name} {measure.meaning}"]
        for sample in of_measure:
            label = f'{{{sample.label[0]}="{sample.label[1]}"}}' if sample.label else ""
            lines.append(f"{_PREFIX}{name}{label} {sample.value:.15g}")
    return "\n".join([*lines, "# EOF", ""])


def _shown(sample: MetricSample) -> str:
    if sample.measure.endswith("_timestamp_seconds"):
        return datetime.fromtimestamp(sample.value, CHINA).strftime("%Y-%m-%d %H:%M")
    return f"{sample.value:,.3f}" if sample.measure.endswith("_ratio") else f"{sample.value:,.0f}"


def page(home: Home, measured: list[MetricSample]) -> str:
    """The same for people, with the last nights."""
    texts = _texts()
    rows = [
        (measure.title, texts.labels.get(s.label[1], s.label[1]) if s.label else "", _shown(s))
        for name, measure in texts.measures.items()
        for s in measured
        if s.measure == name
    ]
    nights = trend(home, texts.nights)
    day = nights[0].day if nights else ""
    return environment().get_template("metrics.html.j2").render(texts=texts, rows=rows, nights=nights, day=day)


def write(home: Home) -> None:
    """Write both files anew. Raises OSError."""
    texts, measured = _texts(), samples(home)
    home.metrics.mkdir(exist_ok=True)
    home.share(home.metrics)
    for name, text in ((texts.file, openmetrics(measured)), (texts.page, page(home, measured))):
        write_atomically(home.metrics / name, text.encode())
        home.share(home.metrics / name)
