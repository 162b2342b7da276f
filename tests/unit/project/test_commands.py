"""A command, its module and its page bear one name; so do a DAG and its page."""

from __future__ import annotations

import argparse
import ast

import pytest

from junheng.cli.main import _parser
from junheng.core.messages import Messages
from junheng.core.settings import PROJECT_ROOT

RUNBOOKS = PROJECT_ROOT / "docs" / "runbooks"


def commands() -> list[str]:
    (choices,) = [action for action in _parser(Messages())._actions if isinstance(action, argparse._SubParsersAction)]
    return list(choices.choices)


@pytest.mark.parametrize("command", commands())
def test_a_command_has_a_module_and_a_page_of_its_name(command: str) -> None:
    module = ast.parse((PROJECT_ROOT / "junheng" / "cli" / f"{command}.py").read_text(encoding="utf-8"))
    assert f"``junheng {command}" in (ast.get_docstring(module) or "")
    page = (RUNBOOKS / f"{command}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {command}")
    assert f"junheng {command} " in page


@pytest.mark.parametrize("path", sorted((PROJECT_ROOT / "dags").glob("*.py")), ids=lambda path: path.stem)
def test_a_dag_has_a_page_of_its_name(path) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"))
    page = f"docs/runbooks/{path.stem}.md"
    assert f"Runbook: {page}" in (ast.get_docstring(module) or "")
    assert (PROJECT_ROOT / page).read_text(encoding="utf-8").startswith(f"# {path.stem}")


def test_no_command_has_been_forgotten() -> None:
    assert len(commands()) >= 7
