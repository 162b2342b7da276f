"""The index at the end of ``ARCHITECTURE.md``, a sentence each; ``python -m devtools.architecture`` makes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from junheng.core.data import read_yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "ARCHITECTURE.md"
HEADING = "## Every module, model and macro"
_PACKAGES = ("dags", "junheng", "ingest", "expectations", "publish", "planning")
_LENGTH = 150
"""Characters of a sentence that are shown."""


def index(root: Path = ROOT) -> str:
    """The section as Markdown, heading included. Raises ``ValueError`` where a file says nothing of itself."""
    lines = [
        HEADING,
        "",
        "Made by `python -m devtools.architecture` from what the files say; do not edit below.",
        "",
    ]
    for folder, entries in _rooms(root):
        lines += [f"**`{folder}`**", "", *(f"- `{name}`: {_short(sentence)}" for name, sentence in entries), ""]
    return "\n".join(lines)


def page(text: str, root: Path = ROOT) -> str:
    """The page ``text`` with the index as it is now."""
    return text.partition(f"{HEADING}\n")[0].rstrip() + "\n\n" + index(root)


def _rooms(root: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for package in _PACKAGES:
        top = root / package
        for folder in [top, *sorted(path for path in top.rglob("*") if path.is_dir())]:
            modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
            if modules:
                yield str(folder.relative_to(root)), [(path.stem, _docstring(path)) for path in modules]
    project = root / "dbt_project"
    described = dict(_descriptions(project / "models"))
    for folder in sorted({path.parent for path in (project / "models").rglob("*.sql")}):
        models = sorted(path.stem for path in folder.glob("*.sql"))
        yield str(folder.relative_to(root)), [(name, _stated(described.get(name), folder / f"{name}.sql")) for name in models]
    for folder in (project / "macros", project / "macros" / "compat"):
        yield str(folder.relative_to(root)), [(path.stem, _comment(path)) for path in sorted(folder.glob("*.sql"))]


def _docstring(path: Path) -> str:
    return _stated(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path)


def _descriptions(models: Path) -> Iterator[tuple[str, str]]:
    for path in models.rglob("*.yml"):
        for model in read_yaml(path).get("models", []):
            yield model["name"], model.get("description", "")


def _comment(path: Path) -> str:
    comment = re.search(r"\{#-?\s*(.*?)\s*-?#\}", path.read_text(encoding="utf-8"), re.DOTALL)
    return _stated(comment and comment.group(1), path)


def _stated(sentence: str | None, path: Path) -> str:
    if not sentence:
        raise ValueError(f"{path} says nothing of itself")
    return sentence


def _short(sentence: str) -> str:
    """The first sentence in one line, cut where it is long."""
    line = " ".join(sentence.replace("``", "`").split())
    first = re.split(r"(?<=[.。])\s", line, maxsplit=1)[0].rstrip(".。")
    return first if len(first) <= _LENGTH else first[:_LENGTH].rsplit(" ", 1)[0] + " …"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
