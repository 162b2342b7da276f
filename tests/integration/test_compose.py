"""docker-compose.yml is valid, has no default secret, and gives each service no more than it needs.

That its services start, and what they do together: tests/e2e/test_scheduler.py starts them from this file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from junheng.core.settings import Settings, variables

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"JUNHENG_DATA": "/srv/junheng", "JUNHENG_SECRETS": "/srv/secrets"}
PARSING = {"scheduler", "worker-ingest"}
"""Services that read deliveries."""
OTHERS = {"postgres", "redis"}


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
        "redis",
        "init",
        "api-server",
        "scheduler",
        "scheduler-of-workers",
        "worker",
        "worker-ingest",
        "dag-processor",
        "triggerer",
    }


def test_mounted_paths_exist(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        mounted = [volume for volume in service.get("volumes", []) if "/opt/junheng" in str(volume)]
        assert bool(mounted) == (name not in OTHERS)
        for volume in mounted:
            assert Path(str(volume).split(":")[0]) == ROOT
            assert str(volume).endswith(":ro")


def test_every_service_is_closed_limited_and_looked_after(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert "healthcheck" in service or name == "init", name
    assert {name for name, service in compose["services"].items() if "cap_add" in service} == {"postgres"}
    ports = [str(port) for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all("127.0.0.1" in port for port in ports)


def test_no_secret_stands_in_the_environment(compose: dict[str, Any]) -> None:
    secret = {variable.name for variable in variables() if variable.of_file}
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            assert key not in secret, name
            if any(word in key for word in ("PASSWORD", "SECRET", "KEY", "DSN", "CONN", "BROKER", "BACKEND", "NOTIFY")):
                assert "/run/secrets/" in str(value), (name, key)


def test_the_key_of_persons_is_only_where_files_are_parsed(compose: dict[str, Any]) -> None:
    seen = {name for name, service in compose["services"].items() if "person_key" in {s["source"] for s in service["secrets"]}}
    named = {
        name for name, service in compose["services"].items() if Settings.person_key.of_file in service.get("environment", {})
    }
    assert seen == named == PARSING
    assert "--queues ingest" in " ".join(str(compose["services"]["worker-ingest"]["command"]).split())


def test_every_secret_that_is_named_is_given(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        given = {f"/run/secrets/{secret['source']}" for secret in service["secrets"]}
        words = [*map(str, service.get("environment", {}).values()), *str(service.get("command", "")).split()]
        wanted = {word.strip('"') for text in words for word in text.split() if "/run/secrets/" in word}
        assert wanted <= given, name
