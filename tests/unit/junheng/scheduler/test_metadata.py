"""The metadata of a night on the command line is copied, and holds what an empty one has to hold."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from junheng.core.home import Home
from junheng.scheduler.inprocess import POOL, metadata_template

PROBE = """
import sys
from pathlib import Path
from junheng.scheduler import inprocess
from junheng.core.home import Home
if sys.argv[2] == "without":
    inprocess.metadata_template = lambda: Path("/nowhere")
inprocess.InProcess(Home(sys.argv[1]).create(), inprocess.Progress())
print("MADE" if "alembic.command" in sys.modules else "COPIED")
"""


def _started(folder: Path, how: str) -> tuple[str, dict[str, int]]:
    """How the metadata came about, and how many rows each of its tables has."""
    home = Home(folder / how)
    done = subprocess.run([sys.executable, "-c", PROBE, str(home.path), how], capture_output=True, text=True)
    with closing(sqlite3.connect(home.airflow / "nightly.db")) as metadata:
        tables = [name for (name,) in metadata.execute("select name from sqlite_master where type = 'table'")]
        counts = {name: metadata.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}
        assert metadata.execute("select slots from slot_pool where pool = ?", [POOL]).fetchone() == (1,), done.stderr
    return done.stdout.split()[-1], counts


def test_a_copy_holds_what_airflow_would_make(tmp_path: Path) -> None:
    assert metadata_template().is_file()
    copied, mine = _started(tmp_path, "with")
    made, theirs = _started(tmp_path, "without")
    assert (copied, made) == ("COPIED", "MADE")
    assert mine == theirs
    assert len(mine) > 30


ROUTES = """
import sys
from pathlib import Path
from junheng.scheduler import inprocess
from junheng.core.home import Home
if sys.argv[2] == "all":
    inprocess._speak_one_version = lambda: None
inprocess.InProcess(Home(sys.argv[1]).create(), inprocess.Progress())
from airflow.api_fastapi.execution_api.app import InProcessExecutionAPI
app = InProcessExecutionAPI().app
app._cadwyn_initialize()
print(len(app.router.versioned_routers))
"""


def test_tasks_and_metadata_speak_one_version(tmp_path: Path) -> None:
    """The routes of each version that an older worker may speak cost half a second."""
    for how, least, most in (("one", 1, 1), ("all", 5, 99)):
        home = tmp_path / how
        done = subprocess.run([sys.executable, "-c", ROUTES, str(home), how], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert least <= int(done.stdout.split()[-1]) <= most
