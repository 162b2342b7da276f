"""Plant mistakes in a copy of the dbt project and see which unit tests go red.

Mistakes that do not meet are planted together: what one of them changes, no unit test of another reads.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import build
from tests.oracle.compiled import compiled

Outcomes = dict[str, str]
"""What became of a mistake's unit tests, by name: PASS, FAIL or ERROR."""


@dataclass(frozen=True)
class Mistake:
    """``old`` becomes ``new`` wherever it stands in ``path``; of the model ``shown_by`` these unit tests must fail."""

    name: str
    path: str
    old: str
    new: str
    shown_by: str
    caught_by: tuple[str, ...]

    @property
    def model(self) -> str:
        """The model whose unit tests show the mistake."""
        return Path(self.shown_by).stem


@dataclass(frozen=True)
class Workshop:
    """A copy of the project and a finished build of it (unit tests need the types of every model's inputs)."""

    project: Path
    database: Path
    manifest: Path

    def unit_tests(self, *selected: str, parsed_anew: bool = False) -> dict[tuple[str, str], str]:
        """Outcome of the selected dbt unit tests, PASS, FAIL or ERROR, by model and name. None where dbt did not run."""
        words = ["--no-partial-parse"] if parsed_anew else []
        result = build.run_dbt(self.database, *words, "test", "--select", *selected, project=self.project, check=False)
        found = re.findall(r"(?:PASS|FAIL \d+|ERROR) (\w+)::(\w+) .*\[(PASS|FAIL|ERROR)", result.stdout)
        return {(model, name): outcome for model, name, outcome in found}

    def outcomes(self, mistakes: Sequence[Mistake]) -> dict[str, Outcomes]:
        """What became of each mistake's unit tests while it was in place, by the mistake's name."""
        changed = Changed(self.project, json.loads(self.manifest.read_text(encoding="utf-8")))
        found: dict[str, Outcomes] = {}
        for together in rounds(mistakes, {mistake.name: changed.models(mistake) for mistake in mistakes}):
            found |= self._planted(together) or {
                name: each for alone in together for name, each in self._planted([alone]).items()
            }
        return found

    def _planted(self, mistakes: Sequence[Mistake]) -> dict[str, Outcomes]:
        """Outcomes with these mistakes in place; nothing where dbt ran no test."""
        before = {path: (self.project / path).read_text(encoding="utf-8") for path in {mistake.path for mistake in mistakes}}
        after = dict(before)
        for mistake in mistakes:
            after[mistake.path] = after[mistake.path].replace(mistake.old, mistake.new)
        self._write(after)
        try:
            selected = [f"test_type:unit,{mistake.model},unit_test:{name}" for mistake in mistakes for name in mistake.caught_by]
            # a unit test whose file is as it was keeps the rows of its seed
            found = self.unit_tests(*selected, parsed_anew=any(path.endswith(".csv") for path in before))
        finally:
            self._write(before)
        if not found:
            return {}
        return {m.name: {name: outcome for (model, name), outcome in found.items() if model == m.model} for m in mistakes}

    def _write(self, texts: Mapping[str, str]) -> None:
        for path, text in texts.items():
            (self.project / path).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Changed:
    """Which models' unit tests read what a mistake changes. ``manifest``: dbt's, of the project without a mistake."""

    project: Path
    manifest: Mapping[str, Any]

    def models(self, mistake: Mistake) -> set[str]:
        """Of a model its own; of a macro those of every model that uses it; of a seed those whose rows it is."""
        path = Path(mistake.path)
        if path.suffix == ".csv":
            return {test["model"] for test in self._readers(path)}
        if path.parts[0] == "models":
            return {path.stem}
        macros = self.manifest["macros"]
        using = {key for key, macro in macros.items() if self._holds(macro, mistake)}
        assert using, mistake.name
        while more := {key for key, macro in macros.items() if using & set(macro["depends_on"]["macros"])} - using:
            using |= more
        models = (node for node in self.manifest["nodes"].values() if node["resource_type"] == "model")
        return {node["name"] for node in models if using & set(node["depends_on"]["macros"])}

    def _holds(self, macro: Mapping[str, Any], mistake: Mistake) -> bool:
        own = macro["package_name"] == "junheng" and macro["original_file_path"] == mistake.path
        return own and mistake.old.strip() in macro["macro_sql"]

    def _readers(self, seed: Path) -> list[Mapping[str, Any]]:
        """Unit tests that are given the rows of a seed."""

        def is_it(given: Mapping[str, Any]) -> bool:
            fixture = self.project / "tests" / "fixtures" / f"{given['fixture']}.csv"
            return given["input"] == f"ref('{seed.stem}')" or fixture.resolve() == (self.project / seed).resolve()

        return [test for test in self.manifest["unit_tests"].values() if any(is_it(given) for given in test["given"])]


def rounds(mistakes: Sequence[Mistake], changes: Mapping[str, set[str]]) -> list[list[Mistake]]:
    """The mistakes in as few rounds as come of it, seeds first: no mistake of a round changes what shows another one of it."""
    made: list[list[Mistake]] = []
    for mistake in sorted(mistakes, key=lambda mistake: not mistake.path.endswith(".csv")):

        def meets(other: Mistake, mistake: Mistake = mistake) -> bool:
            return other.model in changes[mistake.name] or mistake.model in changes[other.name]

        free = next((together for together in made if not any(meets(other) for other in together)), None)
        if free is None:
            made.append(free := [])
        free.append(mistake)
    return made


def planted(mistakes: Sequence[Mistake]) -> tuple[Callable[..., dict[str, Outcomes]], Callable[..., None]]:
    """What a module of mistakes consists of: what became of them, and each. Without one nothing is red: test_unit_tests."""

    @pytest.fixture(scope="module")
    def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcomes]:
        workshop = open_workshop(tmp_path_factory)
        asked = {item.callspec.params["mistake"].name for item in _items(request)}
        texts = {path: (workshop.project / path).read_text(encoding="utf-8") for path in {m.path for m in mistakes}}
        return workshop.outcomes([m for m in mistakes if m.name in asked and m.old in texts[m.path]])

    @pytest.mark.parametrize("mistake", mistakes, ids=lambda mistake: mistake.name)
    def test_planted_mistake_turns_the_unit_tests_red(mistake: Mistake, outcomes: dict[str, Outcomes]) -> None:
        assert mistake.name in outcomes, "the code has moved on, or dbt did not take it: plant the mistake where the rule is now"
        assert "ERROR" not in outcomes[mistake.name].values(), "a mistake must give a wrong figure, not broken SQL"
        assert outcomes[mistake.name] == dict.fromkeys(mistake.caught_by, "FAIL")

    return outcomes, test_planted_mistake_turns_the_unit_tests_red


def _items(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The tests of this module that are to run."""
    return (item for item in request.session.items if item.module is request.module and "mistake" in item.callspec.params)


def open_workshop(factory: pytest.TempPathFactory) -> Workshop:
    """A copy of the project and of a build of it with nothing in it."""
    kept = compiled(factory)
    folder = factory.mktemp("workshop")
    # links kept: the fixtures of the unit tests are the seeds themselves
    project = shutil.copytree(build.PROJECT, folder / "project", symlinks=True, ignore=shutil.ignore_patterns("target", "logs"))
    return Workshop(project, Path(shutil.copy(kept.database, folder)), kept.manifest)
