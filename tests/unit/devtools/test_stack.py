"""The services of docker-compose.yml as processes of this machine: the same commands and variables, other places."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from devtools.stack import compose, postgres, secret_files
from devtools.stack.stack import Stack, profile_of
from junheng.core.settings import PROJECT_ROOT

VARIABLES = {"JUNHENG_DATA": "/srv", "JUNHENG_SECRETS": "/srv/secrets"}
CONTAINER = ("/run/secrets", "/opt/junheng", "/var/lib/airflow", "api-server:", "0.0.0.0", "postgres:5432", "redis:6379")


def test_variables_are_filled_in_as_docker_compose_does() -> None:
    assert compose.resolved("${A:-x} ${B:-y} ${C}", {"B": "1"}) == "x 1 "
    with pytest.raises(KeyError, match="set D"):
        compose.resolved("${D:?set D}", {})


def test_a_profile_has_one_scheduler_and_its_workers() -> None:
    local, workers = compose.services("local", VARIABLES), compose.services("workers", VARIABLES)
    assert local.keys() ^ workers.keys() == {"scheduler", "scheduler-of-workers", "redis", "worker", "worker-ingest"}
    for services, profile in ((local, "local"), (workers, "workers")):
        (scheduler,) = [service for service in services.values() if service.command[:2] == ("airflow", "scheduler")]
        assert scheduler.environment["AIRFLOW__CORE__EXECUTOR"] == compose.PROFILES[profile]


@pytest.mark.parametrize("profile", compose.PROFILES)
def test_a_process_gets_what_the_container_gets_at_places_of_its_folder(profile: str, tmp_path: Path) -> None:
    stack = Stack(tmp_path, profile)
    for name, service in stack.services.items():
        environment = stack.environment(name)
        assert service.environment.keys() <= environment.keys()
        assert not [value for value in environment.values() if any(place in value for place in CONTAINER)], name
        places = [value for key, value in service.environment.items() if value.startswith("/") and "HOME" in key]
        assert bool(places) == (name not in ("postgres", "redis"))
    assert stack.environment("api-server")["JUNHENG_HOME"] == str(tmp_path / "home")
    assert stack.environment("api-server")["AIRFLOW__CORE__DAGS_FOLDER"] == str(PROJECT_ROOT / "dags")


def test_secrets_are_made_once_at_random_and_for_their_owner(tmp_path: Path) -> None:
    secret_files.make(tmp_path / "a")
    secret_files.make(tmp_path / "b")
    first = {path.name: path.read_text() for path in (tmp_path / "a").iterdir()}
    second = {path.name: path.read_text() for path in (tmp_path / "b").iterdir()}
    assert {name for name in first if first[name] == second[name]} == {"lineage_key", "notify", "person_keys_before", "serve_dsn"}
    named = {
        secret
        for profile in compose.PROFILES
        for service in compose.services(profile, VARIABLES).values()
        for secret in service.secrets
    }
    assert named <= first.keys()
    assert all(path.stat().st_mode & 0o077 == 0 for path in [tmp_path / "a", *(tmp_path / "a").iterdir()])
    assert first["postgres_password"] in first["metadata_dsn"]
    assert not [name for name, text in first.items() if text.endswith("\n")], "Airflow takes a secret as it stands"
    secret_files.make(tmp_path / "a")
    assert {path.name: path.read_text() for path in (tmp_path / "a").iterdir()} == first


def test_the_profile_of_the_last_start_is_kept(tmp_path: Path) -> None:
    assert profile_of(tmp_path) == "local"
    (tmp_path / "profile").write_text("workers")
    assert profile_of(tmp_path) == "workers"


def test_an_image_without_a_digest_is_told() -> None:
    digest = "@sha256:" + "0" * 64
    given = {"POSTGRES_IMAGE": f"postgres{digest}", "REDIS_IMAGE": "redis:7"}
    assert compose.undigested(given) == ["PYTHON_IMAGE", "REDIS_IMAGE"]


def _setup_with(version: str, folder: Path) -> subprocess.CompletedProcess[str]:
    python = folder / "python"
    told = f"import sys; sys.version_info = {version}; sys.argv[1:2] == ['-c'] and exec(sys.argv[2])"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{told}" "$@"\n')
    python.chmod(0o755)
    words = ["make", f"PYTHON={python}", f"VENV={folder / 'venv'}", f"{folder / 'venv'}/bin/uv"]
    return subprocess.run(words, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", ["(3, 12, 1)", "(3, 13, 0)", "(3, 10, 9)"])
def test_another_python_is_refused_with_a_sentence(version: str, tmp_path: Path) -> None:
    done = _setup_with(version, tmp_path)
    assert done.returncode
    assert "Junheng needs Python 3.11; this is 3." in done.stderr
    assert not (tmp_path / "venv").exists()


def test_an_installation_from_a_wheelhouse_asks_no_index() -> None:
    words = ["make", "--dry-run", "--always-make", "VENV=elsewhere", "WHEELS=wheels", "elsewhere/.installed"]
    printed = subprocess.run(words, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout
    installing = [line for line in printed.splitlines() if "pip " in line]
    assert len(installing) == 3
    assert all(f"--no-index --find-links {PROJECT_ROOT / 'wheels'}" in line for line in installing)


def test_a_folder_that_the_database_cannot_reach_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_as_server", lambda: ["false"])
    monkeypatch.setattr(postgres.shutil, "chown", lambda *_: None)
    with pytest.raises(RuntimeError, match="cannot pass"):
        postgres.create(tmp_path / "closed", "airflow", "x")


def test_what_runs_is_not_started_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, started = Stack(tmp_path, "workers"), list[str]()

    def start(name: str) -> SimpleNamespace:
        started.append(name)
        return SimpleNamespace(wait=lambda _: 0)

    monkeypatch.setattr(stack, "make", lambda: None)
    monkeypatch.setattr(stack, "lives", lambda name: name != "worker")
    monkeypatch.setattr(stack, "start", start)
    stack.up()
    assert started == ["init", "worker"]
