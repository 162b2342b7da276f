"""What one run works on: home, landing, school years, rule sets, date. The same for the scheduler and in-process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from junheng.core.days import iso_day
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from junheng.core.settings import BUILD_DB, ENGINES, SETTINGS, Settings

CHINA = ZoneInfo("Asia/Shanghai")
LOCK_SECONDS = 3600.0
"""How long a task waits for the home: a night on the command line is over by then."""

_SETTLED = 60
"""Seconds of quiet in landing that a scheduled night waits for: nobody looks when it begins."""


def in_process() -> bool:
    """Whether this process runs the whole night itself and holds the home all along."""
    return SETTINGS.in_process


def parse_workers() -> int:
    """Processes among which the files of one batch are shared. Raises BadSetting.

    Default: on the command line, where one batch holds the night, every core; under the scheduler, whose batches run side by
    side, one.
    """
    return SETTINGS.parse_workers or (len(os.sched_getaffinity(0)) if in_process() else 1)


def settle_seconds() -> int:
    """For how long landing has to be quiet before a night reads it. Raises BadSetting."""
    given = SETTINGS.settle_seconds
    return given if given is not None else 0 if in_process() else _SETTLED


def batches(planned: list[list[str]]) -> list[list[str]]:
    """The batches of files that are tasks of their own: under the scheduler the planned ones, on the command line one of all."""
    return [list(chain.from_iterable(planned))] if planned and in_process() else planned


def roots() -> list[Path]:
    """Folders below which home and landing of a scheduled run must lie: those of ``JUNHENG_ROOTS``, and ``JUNHENG_HOME``."""
    return [*SETTINGS.roots, *([Path(SETTINGS.home).expanduser().resolve()] if SETTINGS.home else [])]


def _refuse_outside(path: Path) -> None:
    """Whoever may trigger a run must not reach every folder of the machine. Raises RuntimeError."""
    place = path.expanduser().resolve()
    if not any(place.is_relative_to(root) for root in roots()):
        raise RuntimeError(f"{place} is not below a folder that {Settings.roots.name} names (separated by '{os.pathsep}')")


@dataclass(frozen=True)
class Run:
    """Settings of one run."""

    home: Home
    landing: Path
    school_years: list[int] | None
    rulesets: list[str]
    as_of: str
    run_id: str
    started_at: str
    """ISO time of the run, in China; what a release and its pages carry."""
    engine: str = ENGINES[0]

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Run:
        """Settings from the context of a task: the run's params first, then the environment (``JUNHENG_HOME``).

        Raises RuntimeError when no home is given anywhere, a home or landing outside of the roots, or a date that is none.
        """
        params: Mapping[str, Any] = context["params"]
        run_id: str = context["run_id"]
        run_after: datetime = context["dag_run"].run_after
        home = params.get("home") or SETTINGS.home
        if not home:
            raise RuntimeError(f"no home: set the param `home` or the environment variable {Settings.home.name}")
        today = run_after.astimezone(CHINA).date().isoformat()
        try:
            as_of = iso_day(params.get("as_of") or today)
        except ValueError as error:
            raise RuntimeError(f"as_of: {params['as_of']!r} is no date YYYY-MM-DD") from error
        landing = params.get("landing")
        for given in filter(None, (home, landing)) if not in_process() else ():
            _refuse_outside(Path(given))
        place = Home(home).create()
        if not in_process() and (closed := place.secure()):  # the command line has done it and said so
            print(f"{closed} files and folders of the home were open to other accounts and are closed now")
        return cls(
            home=place,
            landing=Path(landing or place.landing),
            school_years=params.get("school_years") or None,
            rulesets=list(params.get("rulesets") or []),
            as_of=as_of,
            run_id=run_id,
            started_at=run_after.astimezone(CHINA).isoformat(timespec="seconds"),
            engine=params.get("engine") or ENGINES[0],
        )

    @contextmanager
    def exclusive(self, wait: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the home, waiting for it; a run of the scheduler also leaves a lease for the time between its tasks."""
        with self.home.lock(wait):
            if not in_process():
                self.home.lease(self.run_id)
            yield

    def finish(self) -> None:
        """End the lease."""
        self.home.release(self.run_id)

    def night(self, number: int) -> OpenNight:
        """The open night of this run. Raises RuntimeError when another run has opened its own meanwhile."""
        night = OpenNight(self.home, number)
        owner = night.plan.run_id
        if owner != self.run_id:
            raise RuntimeError(f"night {number} belongs to run {owner}")
        return night

    @property
    def build(self) -> Path:
        """Folder of this run's build; what other runs left is removed when a build is planned."""
        return self.home.work / f"build-{hashlib.sha256(self.run_id.encode()).hexdigest()[:12]}"

    @property
    def build_db(self) -> Path:
        """DuckDB file of the build in progress."""
        return self.build / BUILD_DB
