"""Texts of the command line, from messages.yml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("zh", "en")


@cache
def _texts() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("messages.yml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


@dataclass(frozen=True)
class Messages:
    """Texts in one language."""

    language: str = "zh"

    def __call__(self, key: str, **values: Any) -> str:
        """The text ``key`` with its places filled. Raises KeyError for an unknown key."""
        return str(_texts()[self.language][key]).format(**values)

    def task(self, task_id: str) -> str:
        """Label of a task."""
        tasks: dict[str, str] = _texts()[self.language]["tasks"]
        return tasks.get(task_id, task_id)
