"""What one file does to the process that reads it costs that file and no other."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ingest.landing import landing, parse
from ingest.landing import night as nights
from ingest.landing.workers import DIED, OVER_BUDGET, Job, WorkFailed, spread
from ingest.readers import budget as budgets
from ingest.readers.budget import OverBudget, budget, limit_process
from junheng.core.home import Home
from junheng.core.ledger import OpenNight
from junheng.core.records import LandedFile, ParseResult

HEADER = "区划代码,学年,学校标识码,学校名称,办学类型码,小学在校生,小学专任教师\n"
DEAD = 500


def spin() -> None:
    while True:
        pass


def spin_for_ever() -> None:
    limit_process(1)
    spin()


def die(number: int) -> None:
    """One of the ways in which a process ends over its work."""
    match number % 3:
        case 0:
            os._exit(number % 2)
        case 1:
            os.kill(os.getpid(), signal.SIGKILL)
        case _:
            signal.signal(signal.SIGSEGV, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGSEGV)


def delivered(folder: Path, count: int) -> Path:
    for number in range(count):
        path = folder / "990101" / "2025" / f"{number:03d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{HEADER}990101,2025,2199010{number:03d},示范{number}小学,211,{300 + number},20\n")
    return folder


def test_every_death_is_told_with_its_cause_and_the_rest_is_done(tmp_path: Path) -> None:
    lost: list[str] = []
    dead = [Job((die, (number,)), 1, lost.append) for number in range(6)]
    good = [Job((Path.touch, (tmp_path / str(number),)), 1, lost.append) for number in range(6)]
    jobs = [job for pair in zip(dead, good, strict=True) for job in pair] + [Job((spin_for_ever, ()), 1, lost.append)]
    assert list(spread(jobs, 2)) == list(range(1, 14))
    assert len(list(tmp_path.iterdir())) == 6
    assert sorted(lost) == [OVER_BUDGET, *[DIED] * 6]
    with pytest.raises(WorkFailed, match=DIED):
        list(spread([Job((die, (1,)), 2)], 1))


@pytest.mark.parametrize(("dead", "processes"), [(15, 1), (DEAD, 2)])
def test_a_file_over_which_its_reader_dies_is_refused_and_the_others_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dead: int, processes: int
) -> None:
    home, folder = Home(tmp_path / "home").create(), delivered(tmp_path / "landing", 2 * dead)
    number, batches = nights.open_night(home, folder, None, "run", "2026-03-01")

    def parse_or_die(_: Home, file: LandedFile, rows: Home) -> ParseResult:
        (rows.bronze / "school_census" / f"submission_id={file.submission_id}").mkdir(parents=True)
        if int(file.path[-7:-4]) % 2:
            die(int(file.path[-7:-4]) // 2)
        return ParseResult(file.submission_id, file.sha256, file.path, file.area_code, file.school_year)

    monkeypatch.setattr(parse, "parse_file", parse_or_die)
    for batch in batches:
        nights.parse_batch(home, number, batch, processes)
    night = OpenNight(home, number)
    found = {int(result.file_name[-7:-4]): result for result in night.results()}
    assert sorted(found) == list(range(2 * dead))
    assert {one for one, result in found.items() if result.refused} == set(range(1, 2 * dead, 2))
    assert "内存" in found[1].reason
    kept = {path.name.partition("=")[2] for path in night.rows.bronze.rglob("submission_id=*")}
    assert kept == {result.submission_id for result in found.values() if not result.refused}


def test_a_file_has_so_much_cpu_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, folder = Home(tmp_path / "home").create(), delivered(tmp_path / "landing", 2)

    def parse_file(home: Home, file: LandedFile, rows: Home) -> ParseResult:
        while file.path.endswith("000.csv"):
            try:
                sum(range(1000))
            except Exception:
                continue
        return ParseResult(file.submission_id, file.sha256, file.path, file.area_code, file.school_year)

    monkeypatch.setattr(budgets, "CPU_SECONDS", 0.3)
    monkeypatch.setattr(parse, "parse_file", parse_file)
    number, batches = nights.open_night(home, folder, None, "run", "2026-03-01")
    nights.parse_batch(home, number, batches[0])
    first, second = OpenNight(home, number).results()
    assert first.refused
    assert "计算时间" in first.reason
    assert not second.refused


def test_waiting_costs_nothing() -> None:
    with budget(0.2):
        time.sleep(0.6)
    with pytest.raises(OverBudget), budget(0.2):
        spin()
    assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL


def test_folders_may_lie_deep_in_each_other(tmp_path: Path) -> None:
    limit, depth = 1000, 1500  # what Python starts with; a library may have raised it, and longer than 4096 no path can be
    raised = sys.getrecursionlimit()
    root = tmp_path / "landing"
    shallow = root / "990101" / "2025"
    shallow.mkdir(parents=True)
    (shallow / "z.csv").write_text("last")
    before = Path.cwd()
    inside = 0  # asking where one is costs as much as the way up, at each step
    try:
        os.chdir(shallow)
        for _ in range(depth):
            Path("a").mkdir()
            os.chdir("a")
            inside += 1
        Path("x.csv").write_text("deep")
        sys.setrecursionlimit(limit)
        scanned = landing.scan(root)
    finally:
        sys.setrecursionlimit(raised)
        Path("x.csv").unlink(missing_ok=True)
        for _ in range(inside):  # what is so deep is not removed by a library either
            os.chdir("..")
            Path("a").rmdir()
        os.chdir(before)
    assert [file.path.rpartition("/")[2] for file in scanned.files] == ["x.csv", "z.csv"]
    assert scanned.files[0].path.count("/") == depth + 2
