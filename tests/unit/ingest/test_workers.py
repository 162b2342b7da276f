"""Files parsed side by side."""

from __future__ import annotations

import os
import threading
import time
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest.landing import night as nights
from ingest.landing import workers
from ingest.landing.workers import Job, WorkFailed, _Share, serve, spread, unpacked
from junheng.core.home import Home
from junheng.core.ledger import OpenNight

HEADER = "区划代码,学年,学校标识码,学校名称,办学类型码,小学在校生,小学专任教师\n"


@pytest.fixture
def all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes are started however little there is to do."""
    monkeypatch.setattr(workers, "_PAYS", 1)


def _jobs(folder: Path, count: int) -> list[Job]:
    return [Job((Path.write_text, (folder / str(number), "done")), 1) for number in range(count)]


def _landing(folder: Path) -> Path:
    for number in range(12):
        path = folder / "990101" / "2025" / f"{number:02d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"{HEADER}990101,2025,21990100{number:02d},示范{number}小学,211,{300 + number},{'x' if number == 5 else 20}\n"
        )
    twin = folder / "990102" / "2025" / "00.csv"
    twin.parent.mkdir(parents=True)
    twin.write_bytes((folder / "990101" / "2025" / "00.csv").read_bytes())
    return folder


def _night(home: Home, landing: Path, processes: int) -> tuple[list[object], dict[str, object], list[tuple[int, int]]]:
    number, batches = nights.open_night(home, landing, None, "run", "2026-03-01")
    told: list[tuple[int, int]] = []
    batch = [sha256 for batch in batches for sha256 in batch]
    assert nights.parse_batch(home, number, batch, processes, lambda done, of: told.append((done, of))) == len(batch)
    rows = OpenNight(home, number).rows
    files = sorted(rows.path.rglob("*.parquet"))
    assert files
    return OpenNight(home, number).results(), {str(f.relative_to(rows.path)): pq.ParquetFile(f).read() for f in files}, told


def test_two_processes_leave_what_one_leaves(tmp_path: Path, all_processes: None) -> None:
    landing = _landing(tmp_path / "landing")
    alone = _night(Home(tmp_path / "one").create(), landing, 1)
    together = _night(Home(tmp_path / "two").create(), landing, 2)
    assert len(alone[0]) == 13
    assert together[:2] == alone[:2]
    assert together[2] == alone[2] == [(done, 12) for done in range(1, 13)]


def test_work_is_done_in_other_processes_and_only_where_it_pays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = _jobs(tmp_path, 4)
    started: list[int] = []
    monkeypatch.setattr(workers, "_Worker", lambda: started.append(1))
    assert list(spread(jobs, 2)) == [1, 2, 3, 4]
    assert started == []
    assert {path.read_text() for path in tmp_path.iterdir()} == {"done"}


def test_other_processes_do_the_work(tmp_path: Path, all_processes: None) -> None:
    assert list(spread(_jobs(tmp_path, 5), 2)) == [1, 2, 3, 4, 5]
    assert len(list(tmp_path.iterdir())) == 5
    ids = [Job((os.kill, (os.getpid(), 0)), 1), Job((os.chdir, (str(tmp_path),)), 1)]
    before = Path.cwd()
    assert list(spread(ids, 2)) == [1, 2]
    assert Path.cwd() == before


def test_work_that_fails_says_where(all_processes: None) -> None:
    with pytest.raises(WorkFailed, match="FileNotFoundError"):
        list(spread([Job((os.chdir, ("/nowhere",)), 1), Job((os.chdir, ("/nowhere",)), 1)], 2))
    assert [problem is None or "FileNotFoundError" in problem for problem in serve([(os.chdir, ("/nowhere",))])] == [True]


def test_a_process_that_dies_fails_the_work(all_processes: None) -> None:
    with pytest.raises(WorkFailed, match="has ended"):
        list(spread([Job((os._exit, (3,)), 1), Job((time.sleep, (0,)), 1)], 2))


def test_what_is_printed_does_not_disturb_the_answers(all_processes: None) -> None:
    assert list(spread([Job((print, ("x" * 100_000,)), 1) for _ in range(3)], 2)) == [1, 2, 3]


def test_files_in_work_are_bounded_by_what_they_hold() -> None:
    share = _Share(10)
    held: list[int] = []
    seen: list[list[int]] = []
    lock = threading.Lock()

    def hold(size: int) -> None:
        with share.of(size):
            with lock:
                held.append(size)
                seen.append(list(held))
            time.sleep(0.01)
            with lock:
                held.remove(size)

    threads = [threading.Thread(target=hold, args=(size,)) for size in [4, 6, 5, 30, 5, 1, 10, 3, 3, 3]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 10
    assert all(sum(sizes) <= 10 or sizes == [30] for sizes in seen)
    assert [30] in seen
    assert any(len(sizes) > 1 for sizes in seen)


def test_a_large_container_says_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as container:
        container.writestr("a", b"\0" * (2 << 20))
    size = path.stat().st_size
    assert unpacked(path, size) == size  # nothing is packed in it
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as container:
        container.writestr("a", os.urandom(1 << 20) + b"\0" * (80 << 20))
    assert unpacked(path, path.stat().st_size) == 81 << 20
    assert unpacked(path, 1000) == 20_000
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04" + os.urandom(2 << 20))
    assert unpacked(tmp_path / "b.xlsx", 2 << 20) == 40 << 20
    assert unpacked(tmp_path / "gone", 2 << 20) == 40 << 20
