"""A Superset over the release of a home: a PostgreSQL of its own, an account with grants, the dashboards imported.

Nothing has a password that is known before, nothing listens beyond this machine, and nothing is left behind.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from junheng.core.home import Home
from publish.release.release import read_current
from publish.serve.postgres import SCHEMA, publish_to
from tests.integration.postgres import free_port, server

ENVIRONMENT = Path(sys.prefix) / "superset"
"""Where Superset is installed (``make superset``)."""
METADATA = ENVIRONMENT / "metadata.db"
"""Empty tables of Superset, with its roles."""
READER = "junheng_bi"
ACCOUNT = "admin"
_CONFIG = Path(__file__).with_name("superset_config.py")
_START_SECONDS = 180


@dataclass(frozen=True)
class Instance:
    """A running Superset."""

    address: str
    account: str
    password: str
    release_id: str


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What every command of Superset is started with; its data lie in ``folder``."""
    of_python = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SUPERSET"))}
    told = {"SUPERSET_CONFIG_PATH": str(_CONFIG), "SUPERSET_HOME": str(folder), "FLASK_APP": "superset.app:create_app()"}
    return {**of_python, **told, "SUPERSET_SECRET_KEY": secrets.token_hex(32), **more}


def command(*arguments: str, env: Mapping[str, str], answers: str = "") -> None:
    """Run a command of Superset; RuntimeError with the end of what it said when it fails."""
    done = subprocess.run(
        [ENVIRONMENT / "bin" / "superset", *arguments],
        env=env,
        input=answers,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a password is asked for on the terminal where there is one
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"superset {arguments[0]}\n{done.stdout[-2000:]}")


def make_metadata() -> None:
    """Make the empty tables of Superset and its roles, once for an environment."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder))
        command("db", "upgrade", env=env)
        command("init", env=env)
        shutil.move(Path(folder) / "superset.db", METADATA)


def _load(home: Home, admin: str, password: str) -> str:
    """Load the release in force and let the account of the dashboards see all of it. Returns its id."""
    release = read_current(home)
    if release is None:
        raise SystemExit(f"no release in {home.path}")
    publish_to(admin, release, "unsigned")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create role {READER} login password '{password}'".encode())
        connection.execute(f"grant junheng_reader, junheng_auditor to {READER}".encode())
        areas = f"(select distinct left(county_code, 2) from {SCHEMA}.dim_county) as areas"
        kinds = "(values ('figures'), ('audit')) as kinds"
        connection.execute(
            f"insert into {SCHEMA}_access.area_grant select '{READER}', * from {areas} cross join {kinds}".encode()
        )
    return release.release_id


def _import(place: str, folder: Path, password: str, env: Mapping[str, str]) -> None:
    """Make the account of the dashboards' reader and import them over the database at ``place``."""
    shutil.copy(METADATA, folder / "superset.db")
    answers = f"{password}\n{password}\n"
    names = ["--username", ACCOUNT, "--firstname", "Jun", "--lastname", "Heng", "--email", "admin@junheng.example"]
    command("fab", "create-admin", *names, env=env, answers=answers)
    archive, uri = folder / "dashboards.zip", f"postgresql+psycopg2://{READER}@{place}/junheng"
    subprocess.run([sys.executable, "-m", "publish.serve.superset", archive, uri], check=True)
    command("import-dashboards", "--path", str(archive), "--username", ACCOUNT, env=env)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(_START_SECONDS):
        try:
            with urllib.request.urlopen(f"{address}/health"):
                return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None:
                raise RuntimeError("Superset ended") from None
            time.sleep(1)
    raise RuntimeError("Superset does not answer")


@contextmanager
def running(home: Home) -> Iterator[Instance]:
    """Start both over the release in force of a home; they are gone afterwards."""
    owner, reader, account = (secrets.token_hex(16) for _ in range(3))
    with server("junheng", owner, "junheng") as place, tempfile.TemporaryDirectory(prefix="junheng-superset-") as name:
        folder = Path(name)
        release_id = _load(home, f"postgresql://junheng:{owner}@{place}/junheng", reader)
        passwords = folder / "pgpass"
        passwords.write_text(f"{place}:junheng:{READER}:{reader}\n")
        passwords.chmod(0o600)
        env = environment(folder, PGPASSFILE=str(passwords))
        _import(place, folder, account, env)
        port = free_port()
        gunicorn = [ENVIRONMENT / "bin" / "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8"]
        with (folder / "log").open("wb") as log:
            arguments = [*gunicorn, "--timeout", "300", env["FLASK_APP"]]
            process = subprocess.Popen(arguments, env=env, stdout=log, stderr=log, start_new_session=True)
            try:
                _wait(process, f"http://127.0.0.1:{port}")
                yield Instance(f"http://127.0.0.1:{port}", ACCOUNT, account, release_id)
            finally:
                process.terminate()
                process.wait()
