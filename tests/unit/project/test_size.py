"""The house stays one to find the way in: no flat hall, no model nobody reads to its end, no untyped heap."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("bench", "dags", "dbt_project", "devtools", "expectations", "ingest", "junheng", "planning", "publish", "samples")
ENTRIES = 25
"""Files of code in one folder, tests and seeds apart."""
LINES = 200
"""Lines of an intermediate model."""
UNTYPED = 10
"""Places in ``publish`` that speak of ``dict[str, Any]``."""


def crowded(files: list[Path]) -> dict[str, int]:
    """Folders with more files of code than one looks through."""
    counts = Counter(str(path.parent) for path in files)
    return {folder: count for folder, count in counts.items() if count > ENTRIES}


def files_of_code() -> list[Path]:
    found = [path.relative_to(ROOT) for name in FOLDERS for path in (ROOT / name).rglob("*") if path.suffix in (".py", ".sql")]
    return [path for path in found if not {"target", "tests", "seeds"} & set(path.parts)]


def test_no_folder_is_a_hall() -> None:
    files = files_of_code()
    assert len(files) > 400
    assert crowded(files) == {}


def test_a_hall_is_noticed() -> None:
    files = [Path("ingest", "shapes", f"m{number}.py") for number in range(ENTRIES + 1)]
    assert crowded(files) == {str(Path("ingest", "shapes")): ENTRIES + 1}
    assert crowded(files[1:]) == {}


def test_an_intermediate_model_is_read_in_one_go() -> None:
    models = [path for path in files_of_code() if path.parts[:3] == ("dbt_project", "models", "intermediate")]
    assert len(models) > 80
    lengths = {path.name: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in models}
    assert {name: length for name, length in lengths.items() if length > LINES} == {}


def test_what_pages_read_has_types() -> None:
    untyped = [
        f"{path}:{number}"
        for path in files_of_code()
        if path.parts[0] == "publish"
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"dict\[str, Any\]", line)
    ]
    assert len(untyped) < UNTYPED, untyped
