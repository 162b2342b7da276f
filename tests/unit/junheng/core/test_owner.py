"""A process that was started in a session of its own ends with the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

OWNED = """
import sys, time
from junheng.core.owner import end_with
end_with(int(sys.argv[1]))
print("up", flush=True)
time.sleep(60)
"""
OWNER = """
import os, subprocess, sys
owned = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], stdout=subprocess.PIPE, start_new_session=True)
owned.stdout.readline()
print(owned.pid, flush=True)
owned.wait()
"""


def is_running(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_owner(end: signal.Signals) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, OWNED], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    owned = int(owner.stdout.readline())
    assert is_running(owned)
    os.kill(owner.pid, end)
    owner.wait()
    until = time.monotonic() + 10
    while is_running(owned):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_it_does_not_begin_where_its_owner_has_ended() -> None:
    done = subprocess.run([sys.executable, "-c", OWNED, "1"], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
