"""``python -m publish.build.spark_process OWNER PLAN WORDS``: dbt on Spark, in the environment of Spark (`make setup-spark`).

The session is made here, with the inputs of the build as external tables, and dbt finds it. Nothing of the project that needs
DuckDB is loaded: it is not installed here.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from junheng.core.owner import end_with

_NODE = re.compile(r'"node_id": "([^"]+)"')
"""In the comment with which dbt begins a statement."""


def session(settings: Mapping[str, str], schemas: Iterable[str], tables: Iterable[Mapping[str, Any]]) -> Any:
    """A Spark session with these settings and the inputs as external tables (:func:`register`)."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("junheng")
    for name, value in settings.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for schema in schemas:
        spark.sql(f"create database if not exists {schema}")
    for table in tables:
        register(spark, **table)
    return spark


def register(spark: Any, name: str, columns: list[list[str]], folder: str, files: str) -> None:
    """An external table over the Parquet files of this name below a folder; a column that a file lacks is NULL."""
    declared = ", ".join(f"`{column}` {kind}" for column, kind in columns)
    options = f"path '{folder}', recursiveFileLookup 'true', pathGlobFilter '{files}'"
    spark.sql(f"create table {name} ({declared}) using parquet options ({options})")


def main() -> None:
    """Run dbt with the words of the command line; ends with its exit code."""
    end_with(int(sys.argv[1]))
    plan = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    spark = session(**plan)
    from dbt.adapters.spark import session as adapter
    from dbt.cli.main import cli
    from dbt_common.exceptions import DbtRuntimeError
    from pyspark.errors import AnalysisException

    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)

    def execute(cursor: Any, sql: str) -> None:
        node = _NODE.search(sql)
        spark.sparkContext.setLocalProperty("spark.job.description", node[1] if node else None)
        try:
            cursor._df = spark.sql(sql)
        except AnalysisException as error:
            raise DbtRuntimeError(str(error).split(";", 1)[0]) from None

    adapter.Cursor.execute = execute  # its own turns the checks of arithmetic off with every statement
    sys.argv = ["dbt", *sys.argv[3:]]
    try:
        cli()
    except SystemExit as ended:
        spark.stop()
        raise ended


if __name__ == "__main__":
    main()
