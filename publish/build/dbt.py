"""The dbt process: where it works, what it is told, and how it is started. Nothing else starts dbt."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from junheng.core.settings import DBT_PROJECT, OFFLINE_ENV, Settings

FOLDED = tuple(f"test_name:unique_grain,path:models/{layer}" for layer in ("intermediate", "marts"))
"""Data tests that do not run one by one: a test of their room asks them together (``dbt_project/tests/grains``)."""
BUILD = ("build", "--exclude-resource-type", "unit_test", "--exclude", *FOLDED)
"""Words of dbt: every seed, model and data test. A further word is what to leave out besides."""


def make_target(folder: Path) -> None:
    """Make ``<folder>/target``, where dbt keeps its artefacts, with the parsed project of `make setup` if there is one."""
    target = folder / "target"
    target.mkdir(parents=True)
    parsed = DBT_PROJECT / "target" / "partial_parse.msgpack"
    if parsed.exists():
        shutil.copy(parsed, target)


def environment(folder: Path, build_db: Path) -> dict[str, str]:
    """Environment of the dbt process: file to build, where its artefacts go, no telemetry.

    dbt parses the whole project again when the path of its database is another one than before. So it is told the same
    path each time, below its home folder, and given the folder of the database as home.
    """
    return {
        **OFFLINE_ENV,
        "HOME": str(build_db.parent),
        Settings.build_db.name: f"~/{build_db.name}",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


def arguments(words: Sequence[str], project: Path = DBT_PROJECT) -> list[str]:
    """The ``words`` of a command line of dbt, with the project that they are about."""
    return [*words, "--project-dir", str(project), "--profiles-dir", str(project)]


def command(words: Sequence[str], project: Path = DBT_PROJECT) -> list[str]:
    """The dbt process that does what the ``words`` say in a project; it ends with this process."""
    return [sys.executable, "-m", "publish.build.dbt_process", str(os.getpid()), *arguments(words, project)]


def run(words: Sequence[str], folder: Path, build_db: Path) -> subprocess.CompletedProcess[str]:
    """Run dbt to its end; what it printed, and its exit code."""
    given = {**os.environ, **environment(folder, build_db)}
    return subprocess.run(command(words), env=given, capture_output=True, text=True, check=False)


def build_words(selected: str = "") -> list[str]:
    """What dbt is told in a build: every seed, model and data test (docs/adr/0008), or those ``selected``."""
    words = ["--no-use-colors", "--log-level-file", "info"]  # debug costs 3 ms an event
    words += BUILD
    return [*words, "--select", selected] if selected else words


def build_command(folder: Path, build_db: Path, selected: str = "") -> str:
    """Shell command of the one dbt process of a build."""
    given = [f"{name}={value}" for name, value in environment(folder, build_db).items()]
    return "exec " + shlex.join(["env", *given, *command(build_words(selected))])
