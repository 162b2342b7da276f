"""Columns of the plain templates, in delivery order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from junheng.core.data import read_yaml

DATA = Path(__file__).resolve().parent / "data"
STAGE_LABELS = {"primary": "小学", "junior": "初中"}
WEIGHTS = {"primary": 1.0, "junior": 1.1, "senior": 1.32}
"""Weights of the split of a combined school (design section 4)."""

Row = dict[str, Any]


@dataclass(frozen=True)
class TemplateColumn:
    """One column of a template."""

    name: str
    label: str
    type: str


@cache
def data(name: str) -> Any:
    """Content of one YAML file of ``samples/data``."""
    return read_yaml(DATA / f"{name}.yml")


@cache
def template(source: str) -> tuple[TemplateColumn, ...]:
    """Columns of the plain template of ``source``; stage columns stand once for primary and once for junior."""
    columns = []
    for item in data("template_fields")[source]:
        stages = STAGE_LABELS.items() if "{stage}" in item["name"] else [("", "")]
        for stage, label in stages:
            columns.append(TemplateColumn(item["name"].format(stage=stage), item["label"].replace("{学段}", label), item["type"]))
    return tuple(columns)
