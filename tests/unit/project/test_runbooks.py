"""Every DAG and every kind of paper has a page that says how it is well, how it is run again, and what goes wrong most often."""

from __future__ import annotations

import re

import pytest

from junheng.core.settings import DAGS, PROJECT_ROOT
from publish.papers.papers import KINDS

RUNBOOKS = PROJECT_ROOT / "docs" / "runbooks"
FAULTS = 5


def page(name: str) -> str:
    return (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")


def faults(text: str) -> list[str]:
    """Signs in the table of commonest faults."""
    _, _, rest = text.partition("| sign | cause | what to do |\n|---|---|---|\n")
    table = re.match(r"(?:\|.*\|\n?)*", rest)
    return table.group().splitlines() if table else []


@pytest.mark.parametrize("dag_id", sorted(path.stem for path in DAGS.glob("*.py")))
def test_the_page_of_a_dag(dag_id: str) -> None:
    text = page(dag_id)
    assert "**How to see that it is well.**" in text
    assert "**Run it again.**" in text
    assert len(faults(text)) >= FAULTS


def test_the_page_of_papers() -> None:
    text = page("papers")
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", text, re.MULTILINE)
    assert [name for name, _ in rows] == [kind.name for kind in KINDS]
    assert all(cell.strip() for _, cells in rows for cell in cells.split("|")), (
        "what it is, when it is there, what is missing when it is not"
    )
    assert "**How to see that it is well.**" in text
    assert "**Run it again.**" in text
    assert len(faults(text)) >= FAULTS
