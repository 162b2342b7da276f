"""Many short nights with faults between them: ``python -m devtools.soak --nights 200 --seed 1`` (docs/operations.md).

Three invented counties deliver now and then; most nights meet a fault. After each a night without one must end with the release
that the deliveries say: no input lost, no wrong release, no stray file, the chain whole. The home lies on a disk of its own in
memory, so that it can be full.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from junheng.core.home import Home
from junheng.core.settings import PROJECT_ROOT
from publish.release.release import read_current
from publish.trust.verify import verify
from samples.write import write_template

DISK_MB = 3000
_SECONDS = 900
_START = date(2026, 3, 1)
_MEANS_WELL = (0, 3)
_STRAY = ("ledger/.open-*", "published/releases/.tmp-*", "warehouse/build-*", "**/*.tmp", "**/.*.tmp")
_PUPILS = "select county_code, max(pupils) from marts.fct_county_indicator where indicator_code = 'L1' group by all"


@dataclass
class NightEnd:
    """How one night ended: its exit code (None: killed), its seconds, the most memory that one of its processes had, in MB."""

    code: int | None
    seconds: float
    megabytes: int


@dataclass
class Soak:
    """A home that goes through many nights."""

    folder: Path
    chance: random.Random
    day: date = _START
    pupils: dict[str, int] = field(default_factory=dict)
    """County → pupils, as delivered last."""
    delivered: set[str] = field(default_factory=set)
    """Hashes of everything delivered."""
    length: float = 60.0
    """Seconds of the last whole night."""

    @property
    def home(self) -> Home:
        """The home."""
        return Home(self.folder / "disk" / "home")

    @property
    def landing(self) -> Path:
        """The landing."""
        return self.folder / "landing"

    def deliver(self, name: str = "census.csv") -> None:
        """A county delivers its census anew."""
        county = self.chance.choice(("990101", "990102", "990103"))
        first = self.chance.randint(300, 500)
        self.pupils[county] = first + 800
        path = self.landing / county / "2025" / name
        write_template(path, [_school(county, number, first if number == 1 else 400) for number in (1, 2, 3)])
        self.delivered.add(hashlib.sha256(path.read_bytes()).hexdigest())

    def start(self, day: date | None = None, home: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a night."""
        words = [sys.executable, "-m", "junheng.cli.main", "nightly", "--home", str(home or self.home.path)]
        words += ["--landing", str(self.landing), "--as-of", (day or self.day).isoformat()]
        with open(self.folder / "night.log", "ab") as log:
            return subprocess.Popen(words, cwd=PROJECT_ROOT, stdout=log, stderr=log, start_new_session=True)

    def end(self, process: subprocess.Popen[bytes], started: float) -> NightEnd:
        """Wait for a night."""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return NightEnd(process.returncode, time.monotonic() - started, usage.ru_maxrss // 1024)

    def night(self, day: date | None = None) -> NightEnd:
        """A whole night."""
        started = time.monotonic()
        return self.end(self.start(day), started)

    def problems(self) -> list[str]:
        """What is not as it should be after a night without a fault."""
        home, wrong = self.home, []
        release = read_current(home)
        if release is None:
            return ["no release"]
        with duckdb.connect(str(release.database), read_only=True) as connection:
            published = dict(connection.execute(_PUPILS).fetchall())
        if published != self.pupils:
            wrong.append(f"wrong release: {published}, delivered {self.pupils}")
        wrong += [f"lost: {sha256[:12]}" for sha256 in sorted(self.delivered) if not home.original(sha256).is_file()]
        wrong += [f"stray: {path.relative_to(home.path)}" for pattern in _STRAY for path in home.path.glob(pattern)]
        return wrong + [f"chain: {broken}" for broken in verify(home).breaks]


def _school(county: str, number: int, pupils: int) -> dict[str, object]:
    return {
        "county_code": county,
        "school_year": 2025,
        "school_code": f"2199{county[-3:]}{number:03d}",
        "school_name": f"No. {number}",
        "school_kind_code": "211",
        "pupils_primary": pupils,
        "teachers_primary": 30,
        "qualified_primary": 25,
        "backbone_primary": 5 + number,
        "pe_art_primary": 5,
        "teaching_area_m2": 2400,
        "indoor_sports_area_m2": 200,
        "outdoor_sports_area_m2": 3400,
        "equipment_value_wan_yuan": 90,
        "multimedia_rooms": 12,
    }


def undisturbed(soak: Soak) -> str:
    """Nothing happens."""
    return str(soak.night().code)


def killed(soak: Soak) -> str:
    """SIGKILL for the night and all its processes, at any moment."""
    process = soak.start()
    seconds = soak.chance.uniform(0, soak.length)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"after {seconds:.0f} s"
    return str(process.returncode)


def full_disk(soak: Soak) -> str:
    """The disk of the home has little room left, sometimes none."""
    room = soak.chance.choice((0, 1, 4, 16, 48, 96)) << 20
    ballast = soak.folder / "disk" / "ballast"
    free = shutil.disk_usage(soak.folder / "disk").free
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, free - room))
    code = soak.night().code
    ballast.unlink()
    return f"{room >> 20} MB left: {code}"


def other_clock(soak: Soak) -> str:
    """The day is years ahead or behind."""
    days = soak.chance.choice((-400, -1, 1, 400))
    return f"{days} days: {soak.night(soak.day + timedelta(days=days)).code}"


def two_at_once(soak: Soak) -> str:
    """A second night begins while the first one works: it must leave at once."""
    first = soak.start()
    time.sleep(soak.chance.uniform(2, 8))
    second = soak.start()
    codes = sorted((first.wait(_SECONDS), second.wait(_SECONDS)))
    return "/".join(map(str, codes))


def two_paths(soak: Soak) -> str:
    """The same file lies at two paths."""
    for path in list(soak.landing.rglob("census.csv"))[:1]:
        shutil.copyfile(path, path.with_name("copy.csv"))
    code = soak.night().code
    for path in soak.landing.rglob("copy.csv"):
        path.unlink()
    return str(code)


def landing_away(soak: Soak) -> str:
    """The mount of landing is missing."""
    away = soak.folder / "away"
    soak.landing.rename(away)
    code = soak.night().code
    away.rename(soak.landing)
    return str(code)


def half_copied(soak: Soak) -> str:
    """The home is copied while a night works in it; whatever the copy is, a night in it must leave the home alone."""
    process = soak.start()
    time.sleep(soak.chance.uniform(3, max(4.0, soak.length)))
    copy = soak.folder / "disk" / "copy"
    subprocess.run(["cp", "-a", str(soak.home.path), str(copy)], check=False, capture_output=True)
    code = process.wait(_SECONDS)
    of_copy = soak.start(home=copy).wait(_SECONDS)
    breaks = len(verify(Home(copy)).breaks)
    shutil.rmtree(copy)
    return f"{code}, of the copy {of_copy} ({breaks} breaks)"


FAULTS: tuple[Callable[[Soak], str], ...] = (
    *(undisturbed, killed, killed, full_disk, full_disk, other_clock, two_at_once, two_paths, landing_away, half_copied),
)


def soak(nights: int, seed: int, folder: Path) -> int:
    """Go through the nights, a line for each. Returns how many problems there were."""
    run = Soak(folder, random.Random(seed))
    run.deliver()
    wrong = 0
    most: list[int] = []
    for number in range(1, nights + 1):
        if run.chance.random() < 0.5:
            run.deliver()
        fault = run.chance.choice(FAULTS)
        happened = fault(run)
        after = run.night()
        problems = [*([] if after.code in _MEANS_WELL else [f"exit {after.code}"]), *run.problems()]
        run.length = max(run.length if after.seconds < 20 else 0.0, after.seconds)
        most.append(after.megabytes)
        wrong += len(problems)
        line = f"{number:4} {fault.__name__:12} {happened:28} {after.seconds:5.0f} s {after.megabytes:5} MB"
        print(f"{line}  {'; '.join(problems) or 'well'}", flush=True)
        run.day += timedelta(days=1)
    half = len(most) // 2 or 1
    print(
        f"nights {2 * nights}, problems {wrong}, memory {max(most[:half])} MB, {max(most[half:] or most)} MB in the second half"
    )
    return wrong


def main() -> int:
    """Run it in a place of its own: the disk is mounted where nobody else sees it."""
    parser = argparse.ArgumentParser(prog="devtools.soak", description=__doc__)
    parser.add_argument("--nights", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside is None:
        with tempfile.TemporaryDirectory(prefix="junheng-soak-") as folder:
            words = [sys.executable, "-m", "devtools.soak", "--inside", folder]
            words += ["--nights", str(arguments.nights), "--seed", str(arguments.seed)]
            return subprocess.run(["unshare", "--user", "--map-root-user", "--mount", *words], check=False).returncode
    disk = arguments.inside / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk)], check=True)
    return 1 if soak(arguments.nights, arguments.seed, arguments.inside) else 0


if __name__ == "__main__":
    sys.exit(main())
