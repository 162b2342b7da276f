"""The index of the architecture page is what the files say of themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.architecture import HEADING, PAGE, ROOT, index, page


def test_the_index_is_that_of_the_files() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "python -m devtools.architecture"


def test_it_names_every_module_model_and_macro() -> None:
    section = index()
    models = [path.stem for path in (ROOT / "dbt_project" / "models").rglob("*.sql")]
    modules = [path.stem for name in ("ingest", "publish") for path in (ROOT / name).rglob("*.py") if path.stem != "__init__"]
    assert len(models) > 200
    assert not [name for name in models + modules if f"- `{name}`: " not in section]


def test_a_file_that_says_nothing_is_noticed(tmp_path: Path) -> None:
    for folder in ("dags", "dbt_project/models", "dbt_project/macros/compat"):
        (tmp_path / folder).mkdir(parents=True)
    module = tmp_path / "dags" / "loads.py"
    module.write_text('"""Loads ``what`` came. And more."""\n', encoding="utf-8")
    assert "- `loads`: Loads `what` came\n" in index(tmp_path) + "\n"
    module.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"loads\.py says nothing"):
        index(tmp_path)


def test_what_stands_before_the_index_stays() -> None:
    assert page(f"# A page\n\ntext\n\n{HEADING}\n\nold\n").startswith(f"# A page\n\ntext\n\n{HEADING}\n\nMade by")
