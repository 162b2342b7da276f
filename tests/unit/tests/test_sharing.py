"""Processes of one test run share what they only look at; two runs do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUITE = """
from pathlib import Path
from tests.sharing import shared

def make(folder):
    with open(Path({log!r}), "a") as log:
        log.write("made\\n")
    return folder / "here"

def test_it(tmp_path_factory):
    assert shared(tmp_path_factory, "thing", make).name == "here"
"""
ROOT = Path(__file__).resolve().parents[3]


def _run(folder: Path, *options: str) -> list[str]:
    """Three files of tests, each wanting the same thing. Returns how often it was made."""
    log = folder / "log"
    suite = folder / "suite"
    suite.mkdir(exist_ok=True)
    for number in range(3):
        (suite / f"test_{number}.py").write_text(SUITE.format(log=str(log)), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(suite), *options, str(suite)]
    done = subprocess.run(
        [*command, "-c", "/dev/null", "--import-mode=importlib", f"--basetemp={folder / 'temp'}"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    return log.read_text(encoding="utf-8").split()


def test_several_processes_make_it_once(tmp_path: Path) -> None:
    assert _run(tmp_path, "-n", "2", "--dist", "loadfile") == ["made"]


def test_one_process_makes_it_once_and_another_run_again(tmp_path: Path) -> None:
    assert _run(tmp_path) == ["made"]
    assert _run(tmp_path) == ["made", "made"]
