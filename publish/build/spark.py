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
from pathlib import Path

import duckdb

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
_ALWAYS = {
    "spark.driver.memory": "2g",
    "spark.sql.ansi.enabled": "true",  # an overflow or a text that is no number ends the build, as on DuckDB
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.cteRecursionLevelLimit": "100000",  # int_census__folding counts its own steps
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.scheduler.mode": "FAIR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_SMALL = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseSerialGC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "2",
}


def spark_type(kind: str) -> str:
    """A type of DuckDB in the words of Spark."""
    kind = kind.lower()
    return f"array<{spark_type(kind[:-2])}>" if kind.endswith("[]") else _TYPES.get(kind, kind)


def settings_for(size: int) -> dict[str, str]:
    """Settings of a session that reads ``size`` bytes; those of ``JUNHENG_SPARK_CONF`` win. No digit depends on any of them."""
    given = dict(pair.split("=", 1) for pair in shlex.split(SETTINGS.spark_conf))
    return _ALWAYS | {"spark.master": SETTINGS.spark_master} | (_SMALL if size < _SMALL_BYTES else {}) | given


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
    size = sum(path.stat().st_size for table in tables for path in Path(str(table["folder"])).rglob(_PART))
    settings = settings_for(size) | {"spark.sql.warehouse.dir": str(warehouse), "spark.local.dir": str(work / "local")}
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
