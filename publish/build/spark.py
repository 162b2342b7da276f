"""The build step on Spark: ``python -m publish.build.spark OWNER FOLDER BUILD_DB [SELECTED]`` (docs/adr/0015-spark.md).

What a planned build reads is handed over as Parquet, dbt runs in the environment of Spark (`make setup-spark`), and the tables
that it made are taken into the build file, as DuckDB would have left them there.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from junheng.core.owner import end_with
from junheng.core.settings import DBT_PROJECT, PROJECT_ROOT, SETTINGS, spark_python
from junheng.core.sql import columns, file_glob, identifier, literal
from publish.build import dbt

MADE = ("seeds", "intermediate", "marts")
"""Schemas of the tables that dbt makes; its views are made anew by DuckDB."""
_READ = ("bronze", "quarantine", "ledger", "run", "staging", *MADE)
_PART = "part-0.parquet"
_TYPES = {"varchar": "string", "hugeint": "decimal(38, 0)", "timestamp": "timestamp_ntz"}
_SMALL_BYTES = 256 << 20
"""Below so much Parquet a build is made of jobs of milliseconds: compiling them costs more than running them (docs/scale.md)."""
_SHUFFLED_BYTES = 32 << 20
"""So much of the input for each partition of a shuffle: what one core sorts in memory, several times the size of its Parquet."""
_ALWAYS = {
    "spark.driver.memory": "2g",
    "spark.driver.maxResultSize": "256m",  # no model sends its rows to the driver; one that did would end the build
    "spark.sql.ansi.enabled": "true",  # an overflow or a text that is no number ends the build, as on DuckDB
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.cteRecursionLevelLimit": "100000",  # int_census__folding counts its own steps
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.scheduler.mode": "FAIR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # what is kept for a page that nobody opens: plans of hundreds of statements, which the collector goes through again and again
    **dict.fromkeys(("spark.ui.retainedJobs", "spark.ui.retainedStages", "spark.ui.retainedTasks"), "1"),
    **dict.fromkeys(("spark.sql.ui.retainedExecutions", "spark.ui.dagGraph.retainedRootRDDs"), "1"),
    "spark.sql.maxPlanStringLength": "1000",
}
_QUICK = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC"
_SMALL = {
    "spark.driver.extraJavaOptions": f"{_QUICK} -Xms1500m -Xmn900m",
    "spark.executor.extraJavaOptions": _QUICK,
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
}


def spark_type(kind: str) -> str:
    """A type of DuckDB in the words of Spark."""
    kind = kind.lower()
    return f"array<{spark_type(kind[:-2])}>" if kind.endswith("[]") else _TYPES.get(kind, kind)


def settings_for(size: int, rows: float = 1.0) -> dict[str, str]:
    """Settings of a session that reads ``size`` bytes; those of ``JUNHENG_SPARK_CONF`` win. No digit depends on any of them.

    ``rows``: size of the rows as they are in memory over that of their files.
    """
    given = dict(pair.split("=", 1) for pair in shlex.split(SETTINGS.spark_conf))
    return _ALWAYS | {"spark.master": SETTINGS.spark_master} | (_SMALL if size < _SMALL_BYTES else _large(size, rows)) | given


def _large(size: int, rows: float) -> dict[str, str]:
    return {
        "spark.sql.adaptive.enabled": "true",
        # whether a table is sent to every executor is judged by what its rows take, not by what zstd makes of them
        "spark.sql.sources.fileCompressionFactor": f"{rows:.1f}",
        "spark.sql.shuffle.partitions": str(-(-size // _SHUFFLED_BYTES)),
    }


def hand_over(build_db: Path, folder: Path) -> list[dict[str, object]]:
    """The tables and views of a build file as Parquet: bronze where it lies, anything else copied below ``folder``.

    What `spark_process.register` is told of each: name, columns with their types, folder, name of its files.
    """
    tables: list[dict[str, object]] = []
    with duckdb.connect(str(build_db), read_only=True) as connection:
        query = "select table_schema, table_name from information_schema.tables where list_contains(?, table_schema) order by all"
        for schema, name in connection.execute(query, [list(_READ)]).fetchall():
            place = _bronze_folder(connection, schema, name) or folder / f"{schema}.{name}"
            if not place.exists():
                place.mkdir(parents=True)
                source = f"{identifier(schema)}.{identifier(name)}"
                connection.execute(f"copy (select * from {source}) to {literal(str(place / _PART))} (format parquet)")
            kinds = [(column, spark_type(kind)) for column, kind in columns(connection, build_db.stem, schema, name)]
            tables.append({"name": f"{schema}.`{name}`", "columns": kinds, "folder": str(place), "files": _PART})
    return tables


def measured(folders: Sequence[Path]) -> tuple[int, float]:
    """Bytes of the Parquet below these folders, and how many times that its rows take, by a file of every folder."""
    files = [list(folder.rglob(_PART)) for folder in folders]
    size = sum(path.stat().st_size for paths in files for path in paths)
    largest = [max(paths, key=lambda path: (path.stat().st_size, path)) for paths in files if paths]
    groups = [meta.row_group(number) for meta in map(pq.read_metadata, largest) for number in range(meta.num_row_groups)]
    columns = [group.column(number) for group in groups for number in range(group.num_columns)]
    packed = sum(column.total_compressed_size for column in columns)
    return size, sum(column.total_uncompressed_size for column in columns) / packed if packed else 1.0


def _bronze_folder(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> Path | None:
    """Folder of the files that a view reads through a pattern, submission by submission."""
    query = "select sql from duckdb_views() where schema_name = ? and view_name = ?"
    row = connection.execute(query, [schema, name]).fetchone()
    start, _, rest = (row[0] if row else "").partition("read_parquet('")
    path, pattern, _ = rest.partition(f"/*/{_PART}'")
    return Path(path.replace("''", "'")) if start and pattern and "[" not in path else None


def take_back(warehouse: Path, build_db: Path) -> int:
    """Put the tables that Spark made into the build file; how many."""
    made = sorted(path for schema in MADE for path in (warehouse / f"{schema}.db").glob("*/") if path.is_dir())
    with duckdb.connect(str(build_db)) as connection:
        for schema in ("staging", *MADE):
            connection.execute(f"create schema if not exists {schema}")
        for path in made:
            name = f"{identifier(path.parent.stem)}.{identifier(path.name)}"
            connection.execute(f"create or replace table {name} as from read_parquet({file_glob(path, '*.parquet')})")
    return len(made)


def build(folder: Path, build_db: Path, words: list[str]) -> int:
    """Run dbt with these ``words`` on Spark; its exit code. The build file then holds what was made."""
    work = folder / "spark"
    shutil.rmtree(work, ignore_errors=True)
    warehouse = work / "warehouse"
    tables = hand_over(build_db, work / "inputs")
    settings = settings_for(*measured([Path(str(table["folder"])) for table in tables])) | {
        "spark.sql.warehouse.dir": str(warehouse),
        "spark.local.dir": str(work / "local"),
    }
    plan = work / "plan.json"
    plan.write_text(json.dumps({"settings": settings, "schemas": sorted({*_READ}), "tables": tables}), encoding="utf-8")
    started = [str(spark_python()), "-m", "publish.build.spark_process", str(os.getpid()), str(plan)]
    given = {**os.environ, **dbt.environment(folder, build_db), "PYTHONPATH": str(PROJECT_ROOT)}
    done = subprocess.run([*started, *dbt.arguments([*words, "--target", "spark"], DBT_PROJECT)], env=given, check=False)
    take_back(warehouse, build_db)
    shutil.rmtree(work)
    return done.returncode


def build_command(folder: Path, build_db: Path, selected: str) -> str:
    """Shell command of the build step of a planned build on Spark."""
    return "exec " + shlex.join([sys.executable, "-m", __name__, str(os.getpid()), str(folder), str(build_db), selected])


def main() -> None:
    """The build step; ends with the exit code of dbt."""
    end_with(int(sys.argv[1]))
    folder, build_db = Path(sys.argv[2]), Path(sys.argv[3])
    code = build(folder, build_db, dbt.build_words(*sys.argv[4:]))
    dbt.make_target(folder / "views")  # DuckDB makes the views, which are no tables that Spark could hand back
    views = dbt.run(["--quiet", "run", "--select", "config.materialized:view"], folder / "views", build_db)
    print(views.stdout, views.stderr)
    sys.exit(code or views.returncode)


if __name__ == "__main__":
    main()
