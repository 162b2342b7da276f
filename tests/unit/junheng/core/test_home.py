import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.landing import night as nights
from junheng.cli.main import main
from junheng.core import chain
from junheng.core.home import Home, HomeLocked, HomeUnwritable, write_atomically
from junheng.core.ledger import Ledger


def test_lock_is_exclusive_between_processes(tmp_path: Path) -> None:
    holder = (
        "import sys\nfrom junheng.core.home import Home\n"
        "with Home(sys.argv[1]).lock():\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "held"
    with pytest.raises(HomeLocked), Home(tmp_path).lock():
        pass
    assert [main([command, "--home", str(tmp_path)]) for command in ("nightly", "verify")] == [5, 5]
    process.kill()  # SIGKILL: the lock dies with its holder
    process.wait()
    with Home(tmp_path).lock():
        pass


def test_lock_is_reentrant_in_one_process(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.lock(), home.lock():
        pass
    with home.lock():
        pass


def test_atomic_write_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b.txt"
    write_atomically(target, b"one")
    write_atomically(target, b"two")
    assert target.read_bytes() == b"two"
    assert [p.name for p in target.parent.iterdir()] == ["b.txt"]


def test_a_lease_keeps_the_command_line_out_between_two_tasks_of_the_scheduler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.refuse_if_leased()
    home.lease("scheduled__1")
    with pytest.raises(HomeLocked):
        home.refuse_if_leased()
    home.release("another run")
    with pytest.raises(HomeLocked):
        home.refuse_if_leased()
    home.release("scheduled__1")
    home.refuse_if_leased()
    home.lease("died")
    monkeypatch.setattr("junheng.core.home.LEASE_SECONDS", 0)
    home.refuse_if_leased()


@pytest.mark.parametrize(
    ("content", "hours_old", "is_held"),
    [
        ("{", 0, True),
        ("{", 3, False),
        ("[" * 9999, 0, True),
        ("[1]", 0, True),
        ('{"at": "x"}', 0, True),
        ("\udcff", 0, True),
        ('{"run_id": "r", "at": in_ten_years}', 0, True),
        ('{"run_id": "r", "at": in_ten_years}', 3, False),
        ('{"run_id": "r", "at": three_hours_ago}', 0, False),
        ('{"at": NaN}', 0, True),
        ('{"at": 1e400}', 0, True),
    ],
)
def test_a_lease_of_any_shape_holds_for_two_hours_and_says_so(
    tmp_path: Path, content: str, hours_old: int, is_held: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    for name, moment in {"in_ten_years": now + 10 * 365 * 24 * 3600, "three_hours_ago": now - 3 * 3600}.items():
        content = content.replace(name, str(moment))
    written = now - hours_old * 3600
    home = Home(tmp_path / "home").create()
    lease = home.path / ".lease"
    lease.write_bytes(content.encode(errors="surrogateescape"))
    os.utime(lease, (written, written))
    home.release("another run")
    if not is_held:
        home.refuse_if_leased()
        return
    with pytest.raises(HomeLocked):
        home.refuse_if_leased()
    assert main(["nightly", "--home", str(home.path)]) == 5
    assert ".lease" in capsys.readouterr().out


def test_a_lease_that_is_no_file_is_no_riddle(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    os.mkfifo(home.path / ".lease")
    with pytest.raises(HomeLocked):
        home.refuse_if_leased()


@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "foreign"])
def test_a_lock_that_cannot_be_had_is_a_sentence(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home").create()
    lock = home.path / ".lock"
    if kind == "folder":
        lock.mkdir()
    elif kind == "pipe":
        os.mkfifo(lock)
    elif kind == "link":
        lock.symlink_to("/etc/passwd")
    else:
        opened = os.open

        def refused(path: object, *rest: int, **more: int) -> int:
            if path == lock:
                raise PermissionError(13, "Permission denied")
            return opened(path, *rest, **more)  # type: ignore[call-overload]

        monkeypatch.setattr(os, "open", refused)
    with pytest.raises(HomeUnwritable), home.lock():
        pass
    assert main(["nightly", "--home", str(home.path)]) == 2
    assert ".lock" in capsys.readouterr().out
    assert main(["verify", "--home", str(home.path)]) in (0, 1)


def test_a_home_that_is_read_only_is_verified_and_has_no_night(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    script = (
        f"mount --bind {home.path} {home.path} && mount -o remount,ro,bind {home.path} && cd {Path.cwd()} && "
        f"for c in verify nightly; do {sys.executable} -m junheng.cli.main $c --home {home.path}; echo code $?; done"
    )
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True)
    assert [line for line in done.stdout.splitlines() if line.startswith("code")] == ["code 0", "code 2"], done.stderr
    assert "无法写入数据目录" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_next_night_removes_what_killed_ones_were_writing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    places = [home.path, home.archive / "ab", home.bronze / "s" / "submission_id=1", home.ledger / "signatures", home.warehouse]
    for place in [*places, home.dispatch]:
        place.mkdir(parents=True, exist_ok=True)
        (place / ".a.json.4711.tmp").write_bytes(b"")
        (place / ".tmp").write_bytes(b"")
    (home.warehouse / ".validate-x").mkdir()
    nights.open_night(home, home.landing, None, "run", "2026-03-01")
    left = sorted(
        path.relative_to(home.path).as_posix() for path in home.path.rglob(".*") if path.name not in (".tmp", ".open-000001")
    )
    assert left == [".a.json.4711.tmp", "published/dispatch/.a.json.4711.tmp"]  # somebody may be writing them
    old = time.time() - 2 * 3600
    for path in left:
        os.utime(home.path / path, (old, old))
    home.sweep()
    assert not any((home.path / path).exists() for path in left)


def test_a_folder_that_is_named_like_a_file_in_writing_stops_nothing_and_stays(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    entries = chain.of_home(home)
    for folder in (home.path, home.archive, home.ledger, entries.folder, home.warehouse):
        (folder / ".a.json.4711.tmp").mkdir(parents=True)
    (entries.folder / ".b.json.4711.tmp").touch()
    (home.ledger / ".open-000007").touch()
    (home.warehouse / ".validate-x").touch()
    home.sweep()
    (entries.folder / ".b.json.4711.tmp").symlink_to(home.archive)
    entries.append(chain.CURRENT, {"current": "r0001-0"})
    assert Ledger(home).open_next().number == 1
    assert sorted(path.name for path in entries.folder.iterdir())[0] == ".a.json.4711.tmp"
    assert len(list(home.path.rglob(".a.json.4711.tmp"))) == 5
    assert {path.name for path in home.path.rglob(".*")} == {".a.json.4711.tmp", ".open-000001"}
