"""Plant a mistake in a copy of the dbt project and see which unit tests go red."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.oracle import build
from tests.oracle.counties import hard_census


@dataclass(frozen=True)
class Mistake:
    """``old`` becomes ``new`` wherever it stands in ``path``; of the model ``shown_by`` these unit tests must fail."""

    name: str
    path: str
    old: str
    new: str
    shown_by: str
    caught_by: tuple[str, ...]


@dataclass(frozen=True)
class Workshop:
    """A copy of the project and a finished build of it (unit tests need the types of every model's inputs)."""

    project: Path
    database: Path

    def unit_tests(self, *selected: str, parse: Sequence[str] = ()) -> dict[tuple[str, str], str]:
        """Outcome of the selected dbt unit tests, PASS or FAIL, by model and name."""
        result = build.run_dbt(self.database, *parse, "test", "--select", *selected, project=self.project, check=False)
        found = re.findall(r"(?:PASS|FAIL \d+|ERROR) (\w+)::(\w+) .*\[(PASS|FAIL|ERROR)", result.stdout)
        outcomes = {(model, name): outcome for model, name, outcome in found}
        assert outcomes, result.stdout
        assert "ERROR" not in outcomes.values(), f"a mistake must give a wrong figure, not broken SQL:\n{result.stdout}"
        return outcomes

    def failed_with(self, mistake: Mistake) -> set[str]:
        """Which of the unit tests that must fail do, while the mistake is in place."""
        file = self.project / mistake.path
        text = file.read_text(encoding="utf-8")
        assert mistake.old in text, "the code has moved on: plant the mistake where the rule is now"
        file.write_text(text.replace(mistake.old, mistake.new), encoding="utf-8")
        try:
            model = Path(mistake.shown_by).stem
            selected = [f"test_type:unit,{model},unit_test:{name}" for name in mistake.caught_by]
            # a parse kept from before would keep the seeds' rows in the unit tests
            outcomes = self.unit_tests(*selected, parse=["--no-partial-parse"] if file.suffix == ".csv" else [])
            return {name for (_, name), outcome in outcomes.items() if outcome == "FAIL"}
        finally:
            file.write_text(text, encoding="utf-8")


def planted(mistakes: Sequence[Mistake]) -> tuple[Callable[..., Workshop], Callable[..., None]]:
    """What a module of mistakes consists of: its workshop, and each mistake. Without one nothing is red (test_unit_tests.py)."""

    @pytest.fixture(scope="module")
    def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
        return open_workshop(tmp_path_factory.mktemp("mutations"))

    @pytest.mark.parametrize("mistake", mistakes, ids=lambda mistake: mistake.name)
    def test_planted_mistake_turns_the_unit_tests_red(mistake: Mistake, workshop: Workshop) -> None:
        assert workshop.failed_with(mistake) == set(mistake.caught_by)

    return workshop, test_planted_mistake_turns_the_unit_tests_red


def open_workshop(folder: Path) -> Workshop:
    """Copy and build the project."""
    # links kept: the fixtures of the unit tests are the seeds themselves
    project = shutil.copytree(build.PROJECT, folder / "project", symlinks=True, ignore=shutil.ignore_patterns("target", "logs"))
    database = build.build(build.make_build_db(folder, hard_census()), project=project)
    return Workshop(project, database)
