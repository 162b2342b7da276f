"""docs/contracts/README.md names every key that a contract may have, and none that it may not."""

from __future__ import annotations

import csv
import inspect
import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from ingest.schema import contract, form_workbook, table, titled_form, vertical_form, wide_table
from ingest.schema.areas import AreaSystem
from ingest.shapes.contracts import contract_of
from junheng.core.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "contracts" / "README.md").read_text(encoding="utf-8")
MODULES = (contract, form_workbook, table, titled_form, vertical_form, wide_table)
MODELS = [(module, model) for module in MODULES for _, model in inspect.getmembers(module, inspect.isclass)]
OWN = [model for module, model in MODELS if issubclass(model, BaseModel) and model.__module__ == module.__name__]
SECTIONS = {
    match[1]: match[2]
    for match in re.finditer(r"^## `?([\w ]+)`?.*?\n(.*?)(?=^## |\Z)", PAGE, flags=re.DOTALL | re.MULTILINE)
    if match[1] != "Another country"
}


def documented(section: str) -> set[str]:
    rows = re.findall(r"^\| (`.*?) \|", SECTIONS[section], flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_key_of_the_model_is_on_the_page() -> None:
    keys = {name for model in OWN for name in model.model_fields}
    rows = {name for section in SECTIONS for name in documented(section)}
    assert sorted(keys - rows) == []
    assert sorted(rows - keys) == []


@pytest.mark.parametrize("model", [model for model in OWN if "kind" in model.model_fields], ids=lambda model: model.__name__)
def test_every_key_stands_where_its_kind_is_described(model: type[BaseModel]) -> None:
    if "kind" not in vars(model).get("__annotations__", {}) or model is contract.Contract:
        return
    (kind,) = model.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
    own = {name for name in vars(model)["__annotations__"] if name != "kind"}
    said = documented(kind) | set(re.findall(r"`(\w+)`", SECTIONS[kind]))
    assert sorted(own - said) == []


def test_the_worked_example_is_exact() -> None:
    blocks = {match[1]: match[2] for match in re.finditer(r"```\w+ file=(\S+)\n(.*?)```", PAGE, flags=re.DOTALL)}
    ((path, text),) = [(path, text) for path, text in blocks.items() if path.startswith("ingest/contracts/")]
    systems = [AreaSystem.model_validate(entry) for entry in yaml.safe_load(blocks["ingest/schema/area_systems.yml"])]
    given = yaml.safe_load(text)
    assert given["area_system"] == systems[0].system
    known = contract_of(given | {"area_system": "gb2260"})
    assert f"{known.id}.yml" == Path(path).name
    for name, rows in blocks.items():
        if name.startswith("dbt_project/"):
            with open(PROJECT_ROOT / name, encoding="utf-8", newline="") as handle:
                columns = len(next(csv.reader(handle)))
            assert {len(row) for row in csv.reader(rows.splitlines())} == {columns}, name
