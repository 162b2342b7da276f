"""Mistakes of public implementations that a contract could hold, planted in a copy of the repository: its tests must go red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ready import Ready

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("dbt_project", "expectations", "ingest", "junheng", "planning", "publish", "samples", "tests", "pyproject.toml")
WIDE = "ingest/contracts/school_census.wide.yml"
WORKBOOK = "ingest/contracts/school_census.jj_workbook.yml"
Outcome = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Mistake:
    """``old`` becomes ``new`` in ``path``; the test ``caught_by`` must fail."""

    name: str
    path: str
    old: str
    new: str
    caught_by: str


FORMS = "tests/unit/ingest/shapes/test_ingest_forms.py"


def lost(name: str, path: str, line: str, caught_by: str) -> Mistake:
    """A line of a contract that is not there."""
    return Mistake(name, path, line, "", caught_by)


def of_workbook(name: str, cell: str, test: str) -> Mistake:
    """A cell that a workbook's figure does not add."""
    return lost(name, WORKBOOK, f"          - {{form: {cell}}}\n", f"{FORMS}::{test}")


MISTAKES = [
    lost(
        "doctors_left_out_of_the_wide_table",
        WIDE,
        "{path: [专任教师, 按学历分, 博士研究生], optional: true}, ",
        "tests/unit/ingest/shapes/test_wide.py::test_every_figure_names_its_cells",
    ),
    of_workbook("primary_doctors", "教基4155, label: [博士研究生, 博士], column: 1, a1: C9", "test_a_nine_year_school"),
    of_workbook("junior_doctors", "教基4156, label: [博士研究生, 博士], column: 1, a1: C10", "test_a_nine_year_school"),
    of_workbook(
        "primary_doctors_of_the_later_form",
        "教基4155, label: [博士研究生, 博士], block: [小学], column: 1",
        "test_the_later_teacher_form_with_both_stages",
    ),
    of_workbook(
        "junior_doctors_of_the_later_form",
        "教基4155, label: [博士研究生, 博士], block: [初中], column: 1",
        "test_the_later_teacher_form_with_both_stages",
    ),
    *(
        of_workbook(f"{course}_of_{form}", f'{form}, row: "01", header: [{course}]', "test_art_is_counted_once")
        for form in ("教基4155", "教基4156")
        for course in ("音乐", "美术", "艺术", "体育与健康")
    ),
    of_workbook("art_total_of_4155", '教基4155, row: "01", header: [艺术, 计]', "test_art_as_a_group_with_its_total"),
    of_workbook("art_total_of_4156", '教基4156, row: "01", header: [艺术, 计]', "test_art_as_a_group_with_its_total"),
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


_PYTEST = """
import docx, hypothesis.strategies, pydantic, pytest, xlsxwriter  # no Arrow, no DuckDB: a fork has none of their threads
from tests.ready import serve
serve("pytest", pytest.console_main)
"""


@pytest.fixture(scope="module")
def ready(copy: Path) -> Ready:
    """pytest with the copy's own packages, and no contract read."""
    return Ready([sys.executable, "-c", _PYTEST], copy, _environment(copy))


def _environment(copy: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return kept | {"PYTHONPATH": str(copy)}


@pytest.fixture
def outcome(copy: Path, ready: Ready, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Run tests of the copy."""
    monkeypatch.chdir(copy)
    words = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist")
    return lambda *tests: ready.run([*words, *tests], _environment(copy))


def test_without_a_mistake_all_these_tests_pass(outcome: Outcome) -> None:
    assert outcome(*sorted({mistake.caught_by for mistake in MISTAKES})).returncode == 0


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_planted_mistake_turns_an_ingest_test_red(mistake: Mistake, copy: Path, outcome: Outcome) -> None:
    file = copy / mistake.path
    text = file.read_text(encoding="utf-8")
    assert mistake.old in text, "the contract has moved on: plant the mistake where the rule is now"
    file.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")
    try:
        result = outcome(mistake.caught_by)
        assert result.returncode == 1, result.stdout
        assert "AssertionError" in result.stdout
    finally:
        file.write_text(text, encoding="utf-8")
