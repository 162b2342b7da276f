"""The pages of the marts (``docs/marts.md``, ``docs/contracts/marts/``), made from contracts, ``marts.yml`` and exposures.

``python -m publish.tables.mart_docs`` writes them anew.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import RootModel

from junheng.core.data import read_yaml
from junheng.core.settings import DBT_PROJECT, PROJECT_ROOT
from junheng.core.typed import StrictModel, load
from publish.tables.artifacts import GRAIN_TESTS
from publish.words.texts import texts

PAGE = PROJECT_ROOT / "docs" / "marts.md"
CONTRACTS = PROJECT_ROOT / "docs" / "contracts" / "marts"
_MODELS = DBT_PROJECT / "models" / "marts"
_EXPOSURES = DBT_PROJECT / "models" / "exposures.yml"
_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_QUESTIONS = Path(__file__).with_name("marts.yml")
_HEAD = """# Marts: what a reader can ask

Schema `marts` of `junheng.duckdb` and of Postgres: contracted tables, one section each. Made from the contracts in
`dbt_project/models/marts/`, from `exposures.yml` and from `publish/tables/marts.yml` by
`python -m publish.tables.mart_docs`; do not edit here.
*null* means unknown or not applicable, never zero. Codes have their labels in `dim_code`.
"""
_CONTRACT = """# {name}

Contract of a mart, made by `python -m publish.tables.mart_docs`; do not edit here. Names, types, grain and where nothing is null
are promised within a major version of the marts ([releases](../../runbooks/releases.md)), unrounded figures to ten significant
digits ([ADR 0012](../../adr/0012-published-precision.md)).
"""


@dataclass(frozen=True)
class DescribedColumn:
    """A column of a mart, as its contract has it."""

    name: str
    label_zh: str
    data_type: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class DescribedMart:
    """A mart: what one row is, its columns, the question it answers and a query that shows how."""

    name: str
    description: str
    grain: tuple[str, ...]
    columns: tuple[DescribedColumn, ...]
    question_zh: str
    query: str
    is_restricted: bool = False
    """Published in a file of its own, not for every reader."""
    shown: tuple[str, ...] = ()
    """Pages and papers on which a person reads it."""
    unshown_zh: str = ""
    """Why no page or paper shows it."""


class Question(StrictModel):
    """What a mart answers, and a query that shows how it is asked."""

    question_zh: str
    query: str
    unshown_zh: str = ""
    """Why no page or paper shows it: a table for machines, or one that only its own readers may see."""


class Questions(RootModel[dict[str, Question]]):
    """``marts.yml``, by mart."""


def questions() -> dict[str, Question]:
    """Of each mart the question it answers (Chinese) and an example query."""
    return load(_QUESTIONS, Questions).root


def shown() -> dict[str, tuple[str, ...]]:
    """Of each mart the pages and papers that show it, by the label of their exposure; a file of kinds of pages says which."""
    places: dict[str, list[str]] = defaultdict(list)
    for exposure in read_yaml(_EXPOSURES)["exposures"]:
        meta = (exposure.get("config") or {}).get("meta") or {}
        if not meta.get("shown"):
            continue
        kinds = [kind for name in meta["code"] if name.endswith("nouns.yml") for kind in _kinds(PROJECT_ROOT / name)]
        for entry in exposure["depends_on"]:
            mart = entry.split("'")[1]
            titles = texts()["mart_docs"]["between"].join(title for title, named in kinds if mart in named)
            places[mart].append(f"{exposure['label']}（{titles}）" if titles else exposure["label"])
    return {mart: tuple(names) for mart, names in places.items()}


def _kinds(path: Path) -> list[tuple[str, set[str]]]:
    """Title of each kind of pages and the words of its queries, those of the views it reads among them."""
    settings = read_yaml(path)
    listed = []
    for kind in settings["kinds"].values():
        words = set(_WORD.findall(repr(kind)))
        words |= {word for name in words & settings["views"].keys() for word in _WORD.findall(settings["views"][name])}
        listed.append((kind["title"], words))
    return listed


def marts() -> list[DescribedMart]:
    """Every mart of the dbt project, by name."""
    described, places = [], shown()
    for path in _MODELS.rglob("*.yml"):
        for model in read_yaml(path)["models"]:
            asked = questions().get(model["name"])
            columns = tuple(_column(entry) for entry in model["columns"])
            description = " ".join(str(model["description"]).split())
            restricted = bool(((model.get("config") or {}).get("meta") or {}).get("restricted"))
            question, query, unshown = (asked.question_zh, asked.query, asked.unshown_zh) if asked else ("", "", "")
            reach = places.get(model["name"], ()), unshown
            described.append(
                DescribedMart(model["name"], description, _grain(model), columns, question, query, restricted, *reach)
            )
    return sorted(described, key=lambda mart: mart.name)


def _column(entry: Mapping[str, Any]) -> DescribedColumn:
    return DescribedColumn(
        name=entry["name"],
        label_zh=entry["config"]["meta"]["label_zh"],
        data_type=entry["data_type"],
        is_required=any(rule["type"] == "not_null" for rule in entry.get("constraints", [])),
        description=" ".join(str(entry.get("description", "")).split()),
    )


def _grain(model: Mapping[str, Any]) -> tuple[str, ...]:
    for test in model.get("data_tests", []):
        for name in GRAIN_TESTS & test.keys():
            return tuple(test[name]["arguments"]["columns"])
    return ()


def page(described: Sequence[DescribedMart]) -> str:
    """The page as Markdown."""
    listed = "\n".join(f"- [`{mart.name}`](#{mart.name}): {mart.question_zh}" for mart in described)
    return "\n".join([_HEAD, listed, *(_section(mart) for mart in described)])


def contract_pages(described: Sequence[DescribedMart]) -> dict[str, str]:
    """The page of each contract as Markdown, by the name of its file."""
    return {f"{mart.name}.md": _contract(mart) for mart in described}


def _contract(mart: DescribedMart) -> str:
    shown = "Restricted: published in a file of its own, not for every reader.\n" if mart.is_restricted else ""
    body = _section(mart).split("\n", 3)[3]  # without the heading of its section
    return _CONTRACT.format(name=mart.name) + shown + "\n" + body


def _section(mart: DescribedMart) -> str:
    rows = "\n".join(_line(column) for column in mart.columns)
    grain = " × ".join(f"`{name}`" for name in mart.grain) or "one row per line written"
    words = texts()["mart_docs"]
    places, reason = words["apart"].join(mart.shown), mart.unshown_zh
    reach = words["shown"].format(places=places) if places else words["unshown"].format(reason=reason)
    return f"""
## {mart.name}

{mart.question_zh}

{reach}

{mart.description}

Grain: {grain}.

```sql
{mart.query.strip()}
```

| column | {texts()["mart_docs"]["label"]} | type | | meaning |
|---|---|---|---|---|
{rows}
"""


def _line(column: DescribedColumn) -> str:
    empty = "" if column.is_required else "null"
    description = column.description.replace("|", "\\|")
    return f"| `{column.name}` | {column.label_zh} | {column.data_type} | {empty} | {description} |"


def main() -> int:
    """Write the pages."""
    described = marts()
    PAGE.write_text(page(described), encoding="utf-8")
    CONTRACTS.mkdir(exist_ok=True)
    pages = contract_pages(described)
    for stale in {path.name for path in CONTRACTS.glob("*.md")} - pages.keys():
        (CONTRACTS / stale).unlink()
    for name, text in pages.items():
        (CONTRACTS / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
