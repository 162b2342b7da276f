import subprocess
import sys
from pathlib import Path

import pytest

from junheng.home import Home, HomeLocked, write_atomically


def test_lock_is_exclusive_between_processes(tmp_path: Path) -> None:
    holder = (
        "import sys\nfrom junheng.home import Home\n"
        "with Home(sys.argv[1]).lock():\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "held"
    with pytest.raises(HomeLocked), Home(tmp_path).lock():
        pass
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
    monkeypatch.setattr("junheng.home.LEASE_SECONDS", 0)
    home.refuse_if_leased()
