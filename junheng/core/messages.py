"""Texts of the command line, from messages.yml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from junheng.core.data import read_yaml
from junheng.core.printable import visible

LANGUAGES = ("zh", "en")


@cache
def _texts() -> dict[str, dict[str, Any]]:
    return dict(read_yaml(Path(__file__).with_name("messages.yml")))


@dataclass(frozen=True)
class Messages:
    """Texts in one language."""

    language: str = "zh"

    def __call__(self, key: str, **values: Any) -> str:
        """The text ``key`` with its places filled, each in one line. Raises KeyError for an unknown key."""
        shown = {name: visible(str(value)) if isinstance(value, str | Path) else value for name, value in values.items()}
        return str(_texts()[self.language][key]).format(**shown)

    def task(self, task_id: str) -> str:
        """Label of a task."""
        tasks: dict[str, str] = _texts()[self.language]["tasks"]
        return tasks.get(task_id, task_id)
