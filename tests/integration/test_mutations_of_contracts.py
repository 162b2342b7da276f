"""Mistakes of public implementations that a contract could hold, planted in a copy of the repository: its tests must go red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("dbt_project", "expectations", "ingest", "junheng", "publish", "samples", "tests", "pyproject.toml")
WIDE = "ingest/contracts/school_census.wide.yml"
WORKBOOK = "ingest/contracts/school_census.jj_workbook.yml"


@dataclass(frozen=True)
class Mistake:
    """``old`` becomes ``new`` in ``path``; the test ``caught_by`` must fail."""

    name: str
    path: str
    old: str
    new: str
    caught_by: str


MISTAKES = [
    Mistake(
        "doctors_left_out_of_the_wide_table",
        WIDE,
        "{path: [专任教师, 按学历分, 博士研究生], optional: true}, ",
        "",
        "tests/unit/ingest/test_wide.py::test_every_figure_names_its_cells",
    ),
    Mistake(
        "doctors_left_out_of_the_workbook",
        WORKBOOK,
        "          - {form: 教基4156, label: [博士研究生, 博士], column: 1, a1: C10}\n",
        "",
        "tests/unit/ingest/test_ingest_forms.py::test_a_nine_year_school",
    ),
    Mistake(
        "art_left_out_of_the_workbook",
        WORKBOOK,
        '          - {form: 教基4155, row: "01", header: [艺术, 计]}\n',
        "",
        "tests/unit/ingest/test_ingest_forms.py::test_art_as_a_group_with_its_total",
    ),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy") / "repository"
    folder.mkdir()
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("target", "logs", "__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return folder


def outcome(copy: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test of the copy, with the copy's own packages."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", test]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {
        "PYTHONPATH": str(copy)
    }
    return subprocess.run(command, cwd=copy, env=environment, text=True, capture_output=True, check=False)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_planted_mistake_turns_an_ingest_test_red(mistake: Mistake, copy: Path) -> None:
    file = copy / mistake.path
    text = file.read_text(encoding="utf-8")
    assert mistake.old in text, "the contract has moved on: plant the mistake where the rule is now"
    assert outcome(copy, mistake.caught_by).returncode == 0
    file.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")
    try:
        result = outcome(copy, mistake.caught_by)
        assert result.returncode == 1, result.stdout
        assert "AssertionError" in result.stdout
    finally:
        file.write_text(text, encoding="utf-8")
