"""Clients that a release is read with, each in an environment of its own: ``python -m tests.clients HOME`` (``make clients``).

DuckDB in Python from 1.1 on opens the file; psql, pandas, ODBC and JDBC read the shared database as an account of one county.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd
import sqlalchemy

from junheng.core.home import Home
from publish.release.release import Release, read_current
from publish.serve.postgres import publish_to
from tests.integration import serving
from tests.integration.serving import add_reader

DUCKDB = ("1.1.3", "1.4.4", "1.5.6")
READ = "rpt_county_figure"
_COUNT = f"select count(*), count(distinct school_year_start), sum(school_count) from {{schema}}.{READ}"
_ODBC = """
import sys, pyodbc
driver = next(name for name in pyodbc.drivers() if "Unicode" in name)
words = dict(part.split("=", 1) for part in sys.argv[1].split(";"))
connection = pyodbc.connect(driver=driver, **words)
print(*connection.execute(sys.argv[2]).fetchone())
print(*map(repr, connection.execute(f"select {sys.argv[3]} where county_mean is not null").fetchone()))
"""
_JDBC = """
import sys, jaydebeapi
url, user, password, jar, query = sys.argv[1:]
cursor = jaydebeapi.connect("org.postgresql.Driver", url, [user, password], jar).cursor()
cursor.execute(query)
print(*cursor.fetchone())
"""
_TYPED = f"school_year_start, county_mean, county_name from junheng.{READ}"
_DUCK = "import sys, duckdb; print(*duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchone())"
_JARS = "/usr/share/java/postgresql.jar"


def _python(folder: Path, *packages: str) -> Path:
    """The interpreter of a new environment that has these packages."""
    uv, made = Path(sys.executable).with_name("uv"), folder / "-".join(packages).replace("=", "")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, made], check=True, capture_output=True)
    python = made / "bin" / "python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *packages], check=True, capture_output=True)
    return python


def _output(*words: str | Path) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def _pandas(dsn: str) -> str:
    engine = sqlalchemy.create_engine(dsn.replace("postgresql://", "postgresql+psycopg://"))
    frame = pd.read_sql(f"select * from junheng.{READ}", engine)
    engine.dispose()  # the server ends when nobody is connected
    assert frame["county_mean"].dtype == float
    assert frame["difference_coefficient"].dtype == float
    return f"{len(frame)} {frame['school_year_start'].nunique()} {frame['school_count'].sum()}"


def main(path: Path) -> int:
    """Print what each client read. Returns 1 where one failed or read something else."""
    release = read_current(Home(path))
    assert isinstance(release, Release)
    expected = " ".join(map(str, _expected(release)))
    failed = False

    def show(name: str, read: Callable[[], str]) -> None:
        nonlocal failed
        try:
            lines = read().splitlines()
        except (subprocess.CalledProcessError, AssertionError) as error:
            lines = [f"FAILED {getattr(error, 'stderr', error)}"]
        is_same = lines[0] == expected
        failed |= not is_same
        print(f"{name}: {'the same rows' if is_same else 'DIFFERS'} ({'; '.join(lines)[:300]})", flush=True)

    with tempfile.TemporaryDirectory() as name, serving.database() as dsn:
        folder = Path(name)
        for version in DUCKDB:
            python = _python(folder, f"duckdb=={version}")
            words = [python, "-c", _DUCK, release.database, _COUNT.format(schema="marts")]
            show(f"DuckDB {version}", partial(_output, *words))
        publish_to(dsn, release, "unsigned")
        counties = sorted({code for (code,) in _rows(release, "select county_code from marts.dim_county")})
        reader = add_reader(dsn, "reader", {"figures": tuple(counties)}, "junheng_reader")
        place, query = reader.rpartition("@")[2], _COUNT.format(schema="junheng")
        address, _, database = place.partition("/")
        host, _, port = address.partition(":")
        show(_output("psql", "--version"), lambda: _output("psql", reader, "-X", "-At", "-F", " ", "-c", query))
        show(f"pandas {pd.__version__}", lambda: _pandas(reader))
        odbc = f"server={host};port={port};database={database};uid=reader;pwd=reader"
        show("psqlODBC, pyodbc", lambda: _output(_python(folder, "pyodbc"), "-c", _ODBC, odbc, query, _TYPED))
        jdbc = ["jdbc:postgresql://" + place, "reader", "reader", _JARS, query]
        show("JDBC, jaydebeapi", lambda: _output(_python(folder, "jaydebeapi"), "-c", _JDBC, *jdbc))
    return int(failed)


def _rows(release: Release, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(release.database), read_only=True) as source:
        return source.execute(query).fetchall()


def _expected(release: Release) -> tuple[object, ...]:
    described = json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))
    (row,) = _rows(release, _COUNT.format(schema="marts"))
    assert row[0] == described["tables"][READ]["rows"]
    return row


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
