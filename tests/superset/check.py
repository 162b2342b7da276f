"""Every dashboard opened in a browser, with its charts and a picture: ``python -m tests.superset.check HOME FOLDER``.

Charts are drawn by the real pages, so that what is counted is what their own queries answered. ``make test-superset``.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from junheng.core.home import Home
from publish.serve.superset import SupersetDashboard, described_bundle, slug
from tests.e2e.browser import Browser
from tests.superset.instance import Instance, running

_SIZE = (1500, 2600)
"""Of the window: high enough that every chart is in sight, for others ask for nothing."""
_SECONDS = 180.0
_DATA = "/api/v1/chart/data"
_YEARS = "school_year_label"


@dataclass(frozen=True)
class Shown:
    """What a dashboard showed."""

    title: str
    charts: int
    rows: list[int]
    """Of each chart that was answered."""
    points: list[int]
    """Distinct years of each chart with an axis of years."""
    errors: list[str]

    @property
    def is_whole(self) -> bool:
        """Whether every chart has rows, and every axis of years more than one year."""
        return len(self.rows) == self.charts and all(self.rows) and not self.errors and all(n > 1 for n in self.points)


def enter(browser: Browser, superset: Instance) -> None:
    """Log in as a person does."""
    browser.visit(f"{superset.address}/login/", *_SIZE)
    _until(browser, "document.readyState === 'complete' && document.querySelector('#password')")
    time.sleep(1)  # the page takes its form once more
    for field, value in (("#username", superset.account), ("#password", superset.password)):
        browser.evaluate(f"document.querySelector('{field}').focus()")
        browser.send("Input.insertText", text=value)
    browser.evaluate("document.querySelector('button[type=submit]').click()")
    _until(browser, "!location.pathname.startsWith('/login') && document.readyState === 'complete'")


def _until(browser: Browser, condition: str) -> bool:
    """Wait until a condition holds in the page; whether it does."""
    end = time.monotonic() + _SECONDS
    while not (holds := bool(browser.evaluate(f"Boolean({condition})"))) and time.monotonic() < end:
        time.sleep(0.5)
    return holds


def look(browser: Browser, superset: Instance, dashboard: SupersetDashboard, picture: Path) -> Shown:
    """Open a dashboard and wait until each of its charts is answered and drawn."""
    browser.visit(f"{superset.address}/superset/dashboard/{slug(dashboard)}/", *_SIZE)
    end = time.monotonic() + _SECONDS
    answers: dict[str, Any] = {}
    while len(answers) < len(dashboard.charts) and time.monotonic() < end:
        time.sleep(1)
        answers |= {address: answer for address, answer in browser.answers(_DATA).items() if "slice_id" in address}
    _until(browser, "document.querySelector('.dashboard-grid') && !document.querySelector('.loading, .ant-spin-spinning')")
    time.sleep(2)  # charts are drawn in motion
    browser.picture(picture)
    results = [result for answer in answers.values() for result in answer.get("result", [])]
    dated = [result for result in results if _YEARS in result.get("colnames", [])[:1]]
    return Shown(
        dashboard.title,
        len(dashboard.charts),
        [result.get("rowcount", 0) for result in results],
        [len({row[_YEARS] for row in result["data"]}) for result in dated],
        [str(answer) for answer in answers.values() if "result" not in answer] + _alerts(browser),
    )


def _alerts(browser: Browser) -> list[str]:
    """Errors that the page shows."""
    alerts: list[str] = browser.evaluate("[...document.querySelectorAll('[role=alert]')].map(found => found.innerText)")
    return [alert for alert in alerts if alert.strip()]


def looked_at(home: Home, folder: Path) -> Iterator[Shown]:
    """What each dashboard shows over the release in force of a home; pictures are written to ``folder``."""
    with running(home) as superset, tempfile.TemporaryDirectory() as profile, Browser(Path(profile)) as browser:
        print(f"{datetime.now(UTC):%Y-%m-%d}, release {superset.release_id}")
        enter(browser, superset)
        for dashboard in described_bundle().dashboards:
            yield look(browser, superset, dashboard, folder / f"{dashboard.slug}.png")


def main(home: Path, folder: Path) -> int:
    """Print what each dashboard showed. Returns 1 where one is not whole."""
    folder.mkdir(parents=True, exist_ok=True)
    seen = []
    for shown in looked_at(Home(home), folder):
        seen.append(shown)
        years = f", years {shown.points}" if shown.points else ""
        print(f"{'whole' if shown.is_whole else 'NOT WHOLE'}  {shown.title}: charts {shown.charts}, rows {shown.rows}{years}")
        for error in shown.errors:
            print(f"  {error[:300]}")
    return 0 if all(shown.is_whole for shown in seen) else 1


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:3])))
