"""A noun is one type: no two classes of the packages share a name (docs/glossary.md). A variable is named after what it holds."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("bench", "dags", "devtools", "expectations", "ingest", "junheng", "planning", "publish", "samples")
GLOSSARY = ROOT / "docs" / "glossary.md"
ALLOWED = 3
"""Names that two classes may share; the fewer the better."""


def classes(root: Path) -> dict[str, list[str]]:
    """Every class of the packages with the files that define it."""
    defined: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    defined[node.name].append(str(path.relative_to(root)))
    return defined


def shared(defined: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: files for name, files in defined.items() if len(files) > 1}


def test_names_of_classes_are_not_shared() -> None:
    defined = classes(ROOT)
    assert len(defined) > 200
    assert len(shared(defined)) <= ALLOWED, shared(defined)


def test_a_shared_name_is_noticed(tmp_path: Path) -> None:
    for package in ("ingest", "publish"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "a.py").write_text("class Field:\n    pass\n", encoding="utf-8")
    assert shared(classes(tmp_path)) == {"Field": ["ingest/a.py", "publish/a.py"]}


def test_types_that_the_glossary_names_exist() -> None:
    named = set(re.findall(r"`([\w/]+\.py)::(\w+)`", GLOSSARY.read_text(encoding="utf-8")))
    assert len(named) > 25
    defined = classes(ROOT)
    assert not [(path, name) for path, name in named if path not in defined.get(name, [])]


NO_NAMES = frozenset(("came", "found", "own", "said", "told"))
"""They say that something was, and not what it is."""
NAMED = ("bench", "dags", "devtools", "expectations", "ingest", "junheng", "planning", "publish", "samples")
"""Packages without a variable of such a name."""


def nameless(root: Path, packages: Sequence[str]) -> list[str]:
    """Variables and parameters with such a name, each with the file and line that gives it."""
    given = []
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) if name in NO_NAMES:
                        given.append(f"{path.relative_to(root)}:{node.lineno} {name}")
    return given


def test_variables_are_named_after_what_they_hold() -> None:
    assert nameless(ROOT, NAMED) == []


def test_a_variable_without_a_name_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "publish").mkdir()
    loop = "found: list[int] = []\nfor own, (_, said) in ():\n    pass\n"
    text = loop + "\n\ndef f(told: int) -> int:\n    return (lambda came: came)(told)\n"
    (tmp_path / "publish" / "a.py").write_text(text, encoding="utf-8")
    assert sorted(name.split()[1] for name in nameless(tmp_path, ("publish",))) == sorted(NO_NAMES)
