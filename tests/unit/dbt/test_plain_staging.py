"""Staging of the county's other lists: dates read, scores turned, nothing lost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from ingest.landing.bronze import bronze_schema
from ingest.schema.source import load_source
from samples.plain_sources import rows, sources
from tests.oracle import build

TURNED = {"assessment_scores", "ledger_update"}
"""Lists of which a row becomes several, or gives up what only ingest asks for."""
DATES = {
    "2025-09-01": "2025-09-01",
    "2025/9/1": "2025-09-01",
    "2025.9.1": "2025-09-01",
    "2025年9月1日": "2025-09-01",
    "20250901": "2025-09-01",
    "2025-09-01T00:00:00": "2025-09-01",
    "2025-02-30": None,
    "2025年9月": None,
    "立行立改": None,
    None: None,
}


def bronze_rows(source: str, lines: list[dict[str, Any]]) -> pa.Table:
    """The lines in bronze types."""
    schema = bronze_schema(load_source(source))

    def kept(value: Any, dtype: pa.DataType) -> Any:
        return Decimal(str(value)) if value is not None and pa.types.is_decimal(dtype) else value

    origin = [
        {"_submission_id": "1" * 16, "_contract": f"{source}.template", "_sheet": None, "_row": n} for n in range(len(lines))
    ]
    full = [line | place for line, place in zip(lines, origin, strict=True)]
    return pa.Table.from_pylist([{f.name: kept(row.get(f.name), f.type) for f in schema} for row in full], schema=schema)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build.make_build_db(tmp_path_factory.mktemp("plain"), [])
    given = {source: rows(source) for source in sources()}
    finding = given["findings"][0]
    given["findings"] += [{**finding, "finding_no": f"D{n}", "deadline": text} for n, text in enumerate(DATES)]
    with duckdb.connect(str(path)) as connection:
        for source, lines in given.items():
            connection.register("lines", bronze_rows(source, lines))
            connection.execute(f"insert into bronze.{source} select * from lines")
            connection.unregister("lines")
    names = [name for source in sources() for name in (f"stg_{source}__*",)]
    build.run_dbt(path, "run", "--select", *names)
    return path


def test_every_list_has_a_model_that_loses_no_row(staged: Path) -> None:
    models = build.query(staged, "select view_name from duckdb_views() where schema_name = 'staging' order by 1")
    found = {}
    for model in (str(row["view_name"]) for row in models):
        (count,) = build.query(staged, f"select count(*) as n from staging.{model}")
        if "__quarantined_" not in model:
            found[model.removeprefix("stg_").split("__")[0]] = count["n"]
    assert set(found) >= set(sources())
    for source in set(sources()) - {"assessment_scores", "findings"}:
        assert found[source] == len(rows(source))
    assert found["findings"] == len(rows("findings")) + len(DATES)


@pytest.mark.parametrize("source", sorted(set(sources()) - TURNED))
def test_every_field_is_a_column_with_a_label(source: str) -> None:
    (path,) = [
        path for path in (build.PROJECT / "models" / "staging").rglob(f"stg_{source}__*.yml") if "quarantined" not in path.stem
    ]
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    fields = {field.name for field in load_source(source).fields}
    described = {column["name"]: column for column in model["columns"]}
    assert fields - described.keys() == set()
    assert [name for name in fields if not described[name].get("config", {}).get("meta", {}).get("label_zh")] == []


def test_dates_are_read_and_others_kept_as_written(staged: Path) -> None:
    query = "select deadline, deadline_text from staging.stg_findings__finding where finding_no like 'D%' order by row_number"
    found = {row["deadline_text"]: row["deadline"] and row["deadline"].isoformat() for row in build.query(staged, query)}
    assert found == DATES


def test_scores_are_one_row_per_pupil_and_subject(staged: Path) -> None:
    found = build.query(staged, "select pupil, subject, score, is_absent from staging.stg_assessment_scores__score")
    expected = {
        (row["pupil"], subject): None if row[subject] == -1 else Decimal(str(row[subject]))
        for row in rows("assessment_scores")
        for subject in ("chinese", "mathematics", "science", "moral")
        if row[subject] is not None
    }
    assert {(row["pupil"], row["subject"]): row["score"] for row in found} == expected
    assert len(found) == len(expected)
    assert {row["is_absent"] for row in found if row["score"] is None} == {True}
    assert {row["is_absent"] for row in found if row["score"] is not None} == {False}
