"""docker-compose.yml is valid, has no default secret, and what it names exists and starts on a real PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.postgres import server

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 240
"""After which a command of a service has failed."""
SECRETS = {
    "AIRFLOW_FERNET_KEY": "mZ7v8i0l2m8bX0xJ3k5yQz1s9cWqgYhR4tUeVnBpLdA=",
    "AIRFLOW_API_SECRET_KEY": "for-this-test-only",
    "AIRFLOW_JWT_SECRET": "for-this-test-only-and-long-enough-for-a-signature",
    "JUNHENG_PERSON_KEY": "for-this-test-only",
    "AIRFLOW_ADMIN_USER": "admin",
    "POSTGRES_PASSWORD": "for-this-test-only",
    "JUNHENG_DATA": "/srv/junheng",
}


def _config(**environment: str) -> subprocess.CompletedProcess[str]:
    compose = shutil.which("docker-compose")
    assert compose, "docker-compose is missing: tests/system_packages.sh installs it"
    return subprocess.run(
        [compose, "--file", str(ROOT / "docker-compose.yml"), "config"],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        cwd=ROOT,
    )


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    done = _config(**SECRETS)
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_every_secret_has_to_be_given(name: str) -> None:
    done = _config(**{key: value for key, value in SECRETS.items() if key != name})
    assert done.returncode != 0
    assert name in done.stderr


def test_services_are_those_of_airflow_3(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {
        "postgres",
        "init",
        "api-server",
        "scheduler",
        "dag-processor",
        "triggerer",
    }


def test_mounted_paths_exist(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        mounted = [volume for volume in service["volumes"] if "/opt/junheng" in str(volume)]
        assert bool(mounted) == (name != "postgres")
        for volume in mounted:
            assert Path(str(volume).split(":")[0]) == ROOT
            assert str(volume).endswith(":ro")


def _environment(compose: dict[str, Any], service: str, home: Path, dsn: str) -> dict[str, str]:
    """Environment of a service with the container's places replaced by places here."""
    replaced = {
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": dsn,
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "JUNHENG_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    named = {key: str(value) for key, value in compose["services"][service]["environment"].items()}
    assert replaced.keys() - {"PATH"} <= named.keys()
    return named | replaced


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL of its own with the user, password and database that the compose file names."""
    with server("airflow", SECRETS["POSTGRES_PASSWORD"], "airflow") as address:
        yield address


def test_commands_start_with_that_environment(compose: dict[str, Any], postgres: str, tmp_path: Path) -> None:
    dsn = compose["services"]["scheduler"]["environment"]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    dsn = dsn.replace("postgres:5432", postgres)
    assert postgres in dsn
    (tmp_path / "airflow").mkdir()

    def run(service: str, *extra: str, until: str = "") -> str:
        """What a service printed. One that has said ``until`` has done its work: its workers may be slow to end."""
        command = compose["services"][service]["command"]
        words = command if isinstance(command, list) else [command]
        printed = tmp_path / f"{service}.txt"
        with open(printed, "w") as output:
            process = subprocess.Popen(
                ["bash", "-c", " ".join([*words, *extra])],
                env=_environment(compose, service, tmp_path, dsn),
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                start_new_session=True,
            )
        try:
            process.wait(_SECONDS if not until else _SECONDS // 4)
        except subprocess.TimeoutExpired:
            assert until, (service, printed.read_text()[-3000:])
            assert until in printed.read_text(), (service, printed.read_text()[-3000:])
        else:
            assert process.returncode == 0, (service, printed.read_text()[-3000:])
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # whatever it started
            process.wait()
        return printed.read_text()

    run("init")
    run("dag-processor", "--num-runs", "1")
    listed = subprocess.run(
        ["airflow", "dags", "list", "--output", "json"],
        env=_environment(compose, "scheduler", tmp_path, dsn),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert "ingest_exports" in listed.stdout
    assert "build_marts" in listed.stdout
    run("scheduler", "--num-runs", "1", until="requested number of runs (1) has been reached")
    for service in ("api-server", "triggerer"):
        run(service, "--help")
