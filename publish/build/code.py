"""Hashes of what a release was made with: the parts of the project that decide a figure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from junheng.core.settings import CATALOGUE, CODES, CONTRACTS, DBT_PROJECT, PROJECT_ROOT, RULES, SOURCES

_PACKAGES = ("dags", "expectations", "ingest", "junheng", "publish")
_BUILT = {"target", "logs"}


def _digest(paths: Iterable[Path]) -> str:
    """SHA-256 over names and contents of files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(PROJECT_ROOT).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _below(folder: Path, *suffixes: str, but: tuple[Path, ...] = ()) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.suffix in suffixes
        and path.is_file()
        and not any(path.is_relative_to(left_out) for left_out in but)
        and not _BUILT & set(path.relative_to(folder).parts)
    ]


def code_hashes() -> dict[str, str]:
    """SHA-256 of each part: contracts, catalogue, code lists, rules, dbt project (without those seeds), program."""
    data = (CONTRACTS, SOURCES, CATALOGUE)
    program = [path for name in _PACKAGES for path in _below(PROJECT_ROOT / name, ".py", ".yml", ".j2", ".css", but=data)]
    return {
        "contracts": _digest([*_below(CONTRACTS, ".yml"), *_below(SOURCES, ".yml")]),
        "catalogue": _digest(_below(CATALOGUE, ".yml")),
        "codes": _digest(_below(CODES, ".csv")),
        "rules": _digest(_below(RULES, ".csv")),
        "dbt_project": _digest(_below(DBT_PROJECT, ".sql", ".yml", ".csv", but=(CODES, RULES))),
        "program": _digest(program),
    }
