"""Every code that a column of the audit pack may hold has a Chinese label, though no sample holds all of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import pytest

from junheng.core.data import read_yaml
from junheng.core.records import CheckStatus, Status
from junheng.core.settings import CODES, DBT_PROJECT
from publish.site.audit_tables import settings
from publish.words.texts import texts


def labels() -> set[tuple[str, str]]:
    with open(CODES / "code_labels.csv", encoding="utf-8", newline="") as handle:
        found = {(row["list"], row["code"]) for row in csv.DictReader(handle) if row["label_zh"]}
    with open(DBT_PROJECT / "seeds" / "checks" / "check_states.csv", encoding="utf-8", newline="") as handle:
        found |= {("check_state", row["state"]) for row in csv.DictReader(handle) if row["label_zh"]}
    with open(CODES / "stages.csv", encoding="utf-8", newline="") as handle:
        return found | {("stage", row["stage"]) for row in csv.DictReader(handle) if row["label_zh"]}


def accepted(column: dict[str, Any]) -> list[str]:
    for test in column.get("data_tests", []):
        if isinstance(test, dict) and "accepted_values" in test:
            given = test["accepted_values"]
            return [str(value) for value in (given.get("arguments") or given)["values"]]
    return []


def listed(model: dict[str, Any]) -> dict[str, str]:
    """Columns of a mart that hold codes of a list, as its test of the rows names them."""
    codes = [test["sound_rows"]["arguments"].get("codes", {}) for test in model.get("data_tests", []) if "sound_rows" in test]
    return {column: name for given in codes for name, columns in given.items() for column in columns}


def coded() -> Iterator[tuple[str, str, str, list[str]]]:
    """Table, column, list of dim_code, and the codes that the contract of the mart allows."""
    files = [read_yaml(path) for path in (DBT_PROJECT / "models" / "marts").rglob("*.yml")]
    models = {model["name"]: model for file in files for model in file.get("models", [])}
    known = labels()
    for table, setting in settings().tables.items():
        model = models.get(table, {})
        columns = {column["name"]: column for column in model.get("columns", [])}
        for shown in setting.columns:
            of_list = [code for codes, code in known if codes == listed(model).get(shown.name)]
            if shown.list and (values := [*accepted(columns.get(shown.name, {})), *of_list]):
                yield table, shown.name, shown.list, values


CODED = [*coded()]


@pytest.mark.parametrize(("table", "column", "codes", "values"), CODED, ids=[f"{table}.{column}" for table, column, *_ in CODED])
def test_every_code_of_a_column_has_a_label(table: str, column: str, codes: str, values: list[str]) -> None:
    known = labels()
    assert [value for value in values if (codes, value) not in known] == [], (table, column)


def test_states_that_python_gives_have_labels() -> None:
    known = labels()
    given = {("check_status", status.value) for status in CheckStatus} | {
        ("submission_status", status.value) for status in Status
    }
    given |= {("check_engine", engine) for engine in texts()["engines"]}
    assert given - known == set()
    assert {(table, column) for table, column, *_ in CODED} >= {("aud_check_index", "state"), ("fct_declared_item", "state")}
