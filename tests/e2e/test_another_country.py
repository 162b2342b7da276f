"""The worked example of docs/contracts/README.md, followed word by word in a copy of the project."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.e2e.nights import AS_OF, ROOT

PAGE = ROOT / "docs" / "contracts" / "README.md"
_BLOCK = re.compile(r"```\w+ file=(?P<file>\S+)\n(?P<text>.*?)```", re.DOTALL)
_PARTS = ("dags", "dbt_project", "expectations", "ingest", "junheng", "publish", "pyproject.toml")
_NEW = re.compile(r"ingest/contracts/.*|enrolment\.csv")


def _blocks() -> list[tuple[str, str]]:
    return [(match["file"], match["text"]) for match in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with what the page adds to it."""
    folder = tmp_path_factory.mktemp("country")
    copy = folder / "project"
    copy.mkdir()
    for name in _PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "logs"))
        else:
            shutil.copy(source, copy / name)
    for name, text in _blocks():
        path = copy / name if name != "enrolment.csv" else folder / "landing" / "9999" / "2025" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w" if _NEW.fullmatch(name) else "a", encoding="utf-8") as handle:
            handle.write(text)
    return copy


def _junheng(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "junheng.cli.main", *words]
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(project)}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=project, env=environment, check=False)


@pytest.fixture(scope="module")
def marts(project: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    folder = project.parent
    words = ("--landing", str(folder / "landing"), "--home", str(folder / "home"), "--ruleset", "deped-demo", "--as-of", AS_OF)
    done = _junheng(project, "nightly", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(folder / "home" / "published" / "current" / "junheng.duckdb"), read_only=True) as connection:
        yield connection


def test_the_page_gives_the_figures_it_says(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        "select county_code, school_count, pupils, county_mean, difference_coefficient from marts.fct_county_indicator"
        " where ruleset_id = 'deped-demo' order by county_code"
    ).fetchall()
    mean = 8 * 100 / 260
    values = {100: 4.0, 160: 2.5}
    spread = math.sqrt(sum(pupils * (value - mean) ** 2 for pupils, value in values.items()) / 260)
    first, second = rows
    assert first[:3] == ("999901000", 2, 260)
    assert float(first[3]) == pytest.approx(mean, abs=1e-6)
    assert float(first[4]) == pytest.approx(spread / mean, abs=1e-6)
    said = PAGE.read_text(encoding="utf-8")
    assert f"{mean:.6f}" in said
    assert f"{spread / mean:.6f}" in said
    assert (second[0], second[4]) == ("999902000", None)


def test_names_of_the_seed_rows_are_in_the_marts(marts: duckdb.DuckDBPyConnection) -> None:
    counties = marts.execute(
        "select county_name, province_name, is_fictional from marts.dim_county order by county_code"
    ).fetchall()
    assert counties == [(f"Sample Municipality {number}", "Sample Province", True) for number in (1, 2)]
    files = marts.execute("select distinct contract, status from marts.aud_submission").fetchall()
    assert files == [("school_census.deped", "accepted")]


def test_its_draft_offers_the_sums(project: Path) -> None:
    done = _junheng(project, "contract", "new", str(project.parent / "landing" / "9999" / "2025" / "enrolment.csv"))
    assert done.returncode == 0, done.stderr
    assert "#   B Municipality Code\n" in done.stdout
    assert "kind: wide_table\n" in done.stdout
    assert "{path: [Grade 1 Male]}, {path: [Grade 1 Female]}" in done.stdout


def test_inspect_reads_it_through_the_new_contract(project: Path) -> None:
    done = _junheng(project, "inspect", str(project.parent / "landing" / "9999" / "2025" / "enrolment.csv"))
    assert done.returncode == 0, done.stdout
    assert "school_census.deped" in done.stdout
    assert json.dumps(done.stdout).count("999901000") > 0
