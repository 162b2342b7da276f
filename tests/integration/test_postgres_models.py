"""Every model runs on PostgreSQL, from the same bronze, ledger and seeds, and holds the rows that it holds on DuckDB."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pyarrow as pa
import pytest

from ingest.schema.source import ARROW_TYPES, Field, load_source
from junheng.core.settings import SOURCES
from tests.integration.postgres import server
from tests.oracle import build
from tests.oracle.compiled import compiled
from tests.oracle.counties import hard_census, random_census
from tests.unit.dbt.portable import Compiled, compile_models

USER, PASSWORD = "junheng", "for-this-test-only"
INPUTS = ("bronze", "quarantine", "ledger", "run", "seeds")
_TYPES = {"DOUBLE": "double precision", "HUGEINT": "numeric", "VARCHAR": "text", "VARCHAR[]": "text[]"}


def _copy_inputs(source: duckdb.DuckDBPyConnection, target: psycopg.Connection[Any]) -> int:
    """Copy every table that models read and dbt does not make from models; return how many rows."""
    copied = 0
    tables = source.execute(
        "select schema_name, table_name from duckdb_tables() where list_contains(?, schema_name)", [list(INPUTS)]
    ).fetchall()
    for schema, table in tables:
        types = source.execute(f'describe "{schema}"."{table}"').fetchall()
        columns = ", ".join(f'"{name}" {_TYPES.get(kind, kind)}' for name, kind, *_ in types)
        target.execute(f"create schema if not exists {schema}")
        target.execute(f"create table {schema}.{table} ({columns})")
        with target.cursor().copy(f"copy {schema}.{table} from stdin") as copy:
            for row in source.execute(f'select * from "{schema}"."{table}"').fetchall():
                copy.write_row(row)
                copied += 1
    return copied


def _value(dice: random.Random, field: Field, county: str, schools: list[str]) -> Any:
    """Something that may stand in a column, or nothing."""
    if field.name in {"county_code", "school_year", "monitoring_year"}:
        return county if field.name == "county_code" else dice.choice([2024, 2025])
    if not field.required and dice.random() < 0.15:
        return None
    given = {
        "school_code": schools,
        "grade": [4, 8],
        "scope": ["national", "applicant", "provincial"],
        "measure": ["achievement_level", "between_school_rate", "vision_normal", "mean"],
        "subject": ["chinese", "mathematics", "语文", "体育"],
        "assessment": ["期末测试"],
        "level": [1, 2, 3, 4],
    }
    if field.name in given and field.type != "choice":
        found = dice.choice(given[field.name])
        return str(found) if ARROW_TYPES[field.type] == pa.string() else found
    texts = ["甲小学", "乙小学", "2025-09-01", "2025年2月30日", "20240229", "2025/9/1 0:00", "3", " 12 ", "立行立改"]
    return {
        "count": lambda: dice.randrange(0, 120),
        "flag": lambda: dice.randrange(0, 2),
        "year": lambda: dice.choice([2024, 2025]),
        "month": lambda: dice.choice([201809, 202100, 202309, 202502]),
        "person": lambda: dice.choice("abcdef") * 64,
        "amount": lambda: dice.choice([Decimal(-1), Decimal(dice.randrange(0, 4000)) / 40]),
        "value": lambda: Decimal(dice.randrange(0, 40)) / 200,
        "choice": lambda: dice.choice([word for word, _ in field.choices] or ["other"]),
    }.get(field.type, lambda: dice.choice(texts))()


def world() -> dict[str, Any]:
    """The hard counties and random ones, and of every other source well-typed rows, arbitrary otherwise, some given up."""
    dice = random.Random(20260301)
    census = [
        {**row, "_submission_id": "0" * 16, "_row": number} for number, row in enumerate([*random_census(), *hard_census()], 2)
    ]
    county = census[0]["county_code"]
    schools = [row["school_code"] for row in census if row["county_code"] == county]
    submissions, quarantined = [build.submission("0" * 16)], []
    coverage = build.coverage_of(submissions, census)
    others: dict[str, list[build.Row]] = {}
    for number, path in enumerate(sorted(SOURCES.glob("*.yml")), 1):
        source = load_source(path.stem)
        if source.source == "school_census":
            continue
        identity = f"{number:016d}"
        submissions.append(build.submission(identity, source=source.source, rows_quarantined=number))
        coverage += [
            {"night": 1, "delivery_night": 1, "submission_id": identity, "source": source.source, "covers": "county"}
            | {"county_code": county, "school_year": year, "rows": 40}
            for year in (2024, 2025)
        ]
        others[source.source] = [
            {field.name: _value(dice, field, county, schools) for field in source.fields}
            | {"_submission_id": identity, "_row": line}
            for line in range(2, 82)
        ]
        quarantined += [
            {"night": 1, "submission_id": identity, "file_name": "甲.csv", "sheet": None, "row": line, "column": "某列"}
            | {"value": "x", "rule": "key_not_null", "guidance": "请补填"}
            for line in range(2, 82, 5)
        ]
    return {
        "census": census,
        "submissions": submissions,
        "coverage": coverage,
        "quarantined_rows": quarantined,
        "others": others,
    }


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, psycopg.Connection[Any], dict[str, Compiled]]]:
    """A build on DuckDB, the same in PostgreSQL, and the models that were run there."""
    path = build.make_build_db(tmp_path_factory.mktemp("duckdb"), **world())
    compiled(tmp_path_factory).build(path, data_tests=())  # arbitrary rows break grains
    models = {key: model for key, model in compile_models("postgres", tmp_path_factory).items() if model.is_stored}
    with server(USER, PASSWORD, "junheng") as address:
        host, port = address.split(":")
        with psycopg.connect(host=host, port=port, user=USER, password=PASSWORD, dbname="junheng", autocommit=True) as target:
            with duckdb.connect(str(path), read_only=True) as source:
                assert _copy_inputs(source, target) > 1000
            for model in models.values():
                target.execute(f"create schema if not exists {model.schema}")
                try:
                    target.execute(f"create table {model.schema}.{model.name} as {model.sql}".encode())
                except psycopg.Error as error:
                    raise AssertionError(f"{model.schema}.{model.name}: {error}") from error
            yield path, target, models


def _plain(value: Any) -> Any:
    """A value without what differs between engines: trailing zeros, and what lies beyond ten digits of a fraction."""
    if isinstance(value, Decimal | float):
        return int(value) if value == int(value) else f"{value:.10g}"
    return value


def test_rows_are_the_same(engines: tuple[Path, psycopg.Connection[Any], dict[str, Compiled]]) -> None:
    path, target, models = engines
    filled = 0
    with duckdb.connect(str(path), read_only=True) as source:
        for model in models.values():
            names = [row[0] for row in source.execute(f"describe {model.schema}.{model.name}").fetchall()]
            query = f"select {', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)} from {model.schema}.{model.name}"
            expected = Counter(tuple(map(_plain, row)) for row in source.execute(query).fetchall())
            found = Counter(tuple(map(_plain, row)) for row in target.execute(query.encode()).fetchall())
            filled += bool(expected)
            missing, unexpected = expected - found, found - expected
            assert (missing, unexpected) == (Counter(), Counter()), (model.name, names, missing, unexpected)
    assert filled > len(models) / 2
