"""``docker-compose.yml`` read as what it starts: one source for containers and for processes of this machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from junheng.core.settings import PROJECT_ROOT

COMPOSE = PROJECT_ROOT / "docker-compose.yml"
PROFILES = {"local": "LocalExecutor", "workers": "CeleryExecutor"}
"""Profile → executor."""
IMAGES = {"PYTHON_IMAGE": "python:3.11-slim", "POSTGRES_IMAGE": "postgres:17", "REDIS_IMAGE": "redis:7"}
"""Variable → what is pulled where it is not set."""

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?P<mark>:-|:\?)?(?P<text>[^}]*)\}")


@dataclass(frozen=True)
class Service:
    """What one container runs. ``secrets``: names of the files that it sees."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: frozenset[str]


def resolved(text: str, variables: Mapping[str, str]) -> str:
    """A text with its variables filled in as docker-compose does. Raises KeyError for one that has to be set and is not."""

    def value(match: re.Match[str]) -> str:
        given = variables.get(match["name"], "")
        if not given and match["mark"] == ":?":
            raise KeyError(match["text"])
        return given or (match["text"] if match["mark"] == ":-" else "")

    return _VARIABLE.sub(value, text)


def services(profile: str, variables: Mapping[str, str]) -> dict[str, Service]:
    """The services of a profile, in the order of the file. Raises KeyError as ``resolved`` does."""
    stated: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return {
        name: Service(
            name,
            tuple(shlex.split(service.get("command", ""))),
            {key: resolved(str(value), variables) for key, value in service["environment"].items()}
            if "environment" in service
            else {},
            frozenset(service["secrets"]),
        )
        for name, service in stated.items()
        if profile in service.get("profiles", [profile])
    }


def undigested(variables: Mapping[str, str]) -> list[str]:
    """Variables of images that name no digest: what is pulled then is whatever the tag means that day."""
    return [name for name in IMAGES if not re.search(r"@sha256:[0-9a-f]{64}$", variables.get(name, ""))]
