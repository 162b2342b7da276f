"""Roles of accounts under the scheduler (``roles.yml``): what each may; loads no Airflow."""

from __future__ import annotations

from pathlib import Path

from junheng.core.typed import StrictModel, load


class Role(StrictModel):
    """What an account may do: what a role of the provider may, and more. ``adds``: resource → actions."""

    name: str
    like: str
    meaning: str
    adds: dict[str, tuple[str, ...]]


class Roles(StrictModel):
    """``roles.yml``."""

    roles: tuple[Role, ...]


def roles() -> tuple[Role, ...]:
    """The roles of this project."""
    return load(Path(__file__).with_suffix(".yml"), Roles).roles
