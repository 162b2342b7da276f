"""Clients that a release is read with, each in an environment of its own: ``python -m tests.clients HOME`` (``make clients``).

DuckDB from 1.1 on, in Python and as its command line, opens the file; psql, pandas, ODBC, JDBC and the driver of LibreOffice
Base read the shared database as an account of one county; LibreOffice Calc opens the workbook of a county.
"""

from __future__ import annotations

import csv
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
from publish.serve.files import write_files
from publish.serve.postgres import publish_to
from tests.integration import serving
from tests.integration.serving import add_reader

DUCKDB = ("1.1.3", "1.4.4", "1.5.6", "2.0.1")
COMMAND_LINE = "1.5.6"
"""The newest that is packaged (PyPI: duckdb-cli)."""
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
_BASE = """
import subprocess, sys, tempfile, time
from pathlib import Path
import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
url, user, password, query = sys.argv[1:]
def given(name, value):
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made
with tempfile.TemporaryDirectory() as folder:
    pipe = Path(folder).name
    words = ["soffice", f"-env:UserInstallation={Path(folder).as_uri()}", "--headless", "--norestore"]
    office = subprocess.Popen([*words, f"--accept=pipe,name={pipe};urp;"], stdout=sys.stderr)
    try:
        local, until = uno.getComponentContext(), time.monotonic() + 120
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        while True:
            try:
                context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except NoConnectException:
                assert time.monotonic() < until
                time.sleep(0.2)
        drivers = context.ServiceManager.createInstanceWithContext("com.sun.star.sdbc.DriverManager", context)
        connection = drivers.getConnectionWithInfo(url, (given("user", user), given("password", password)))
        rows = connection.createStatement().executeQuery(query)
        rows.next()
        print(*(rows.getString(place) for place in (1, 2, 3)))
        connection.close()
    finally:
        office.terminate()
        office.wait(120)
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


def _calc(release: Release, folder: Path) -> str:
    """The workbooks of all counties, as Calc reads their first sheet."""
    query = (
        f"select column_name from duckdb_columns() where schema_name = 'marts' and table_name = '{READ}' order by column_index"
    )
    names = [name for (name,) in _rows(release, query)]
    start, schools = names.index("school_year_start"), names.index("school_count")
    office = ["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    lines = list[list[str]]()
    written = write_files(release, "unsigned", folder / "files").folder
    for number, book in enumerate(sorted(written.glob(f"*/xlsx/{READ}.xlsx"))):
        out = folder / f"calc{number}"
        _output(*office, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", out, book)
        with open(out / f"{READ}.csv", encoding="utf-8", newline="") as handle:
            lines += list(csv.reader(handle))[1:]
    return f"{len(lines)} {len({line[start] for line in lines})} {sum(int(line[schools]) for line in lines)}"


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
        shell = _python(folder, f"duckdb-cli=={COMMAND_LINE}").with_name("duckdb")
        words = [shell, "-readonly", "-noheader", "-list", "-separator", " ", release.database, _COUNT.format(schema="marts")]
        show(f"DuckDB {COMMAND_LINE}, command line", partial(_output, *words))
        show("LibreOffice Calc, xlsx", lambda: _calc(release, folder))
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
        base = f"sdbc:postgresql:host={host} port={port} dbname={database}"
        show("LibreOffice Base, its driver", lambda: _output("/usr/bin/python3", "-c", _BASE, base, "reader", "reader", query))
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
