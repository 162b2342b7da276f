"""``python -m bench.site HOME``: pages of a province, over the marts of a release copied under the codes of counties."""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import duckdb

from junheng.core.home import Home
from junheng.core.sql import identifier, literal, records
from publish.build.facts import NightFacts
from publish.release.release import read_current, read_manifest_of
from publish.site.site import write_site

_OF_COUNTIES = """
    select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'county_code' order by table_name
"""
_ROW = "| {counties} | {seconds:.1f} | {files:,} | {megabytes:.0f} | {largest:.0f} | {peak:.0f} |"


def copied(database: Path, target: Path, counties: int) -> None:
    """Write the marts of a release to ``target``, with the rows of its first county under further codes, so many in all."""
    shutil.copyfile(database, target)
    with duckdb.connect(str(target)) as connection:
        codes = [
            row["county_code"] for row in records(connection, "select distinct county_code from marts.dim_county order by all")
        ]
        further = [code for number in range(counties) if (code := f"{codes[0][:2]}{number:04d}") not in codes][
            : counties - len(codes)
        ]
        for row in records(connection, _OF_COUNTIES):
            name = f"marts.{identifier(row['table_name'])}"
            connection.execute(
                f"""
                insert into {name} by name select * exclude (code) replace (code as county_code)
                from (select * from {name} where county_code = {literal(codes[0])}) cross join (select unnest(?) as code) as codes
                """,
                [further],
            )


def measured(home: Home, counties: int) -> str:
    """A row of the table in docs/benchmarks.md. Raises ValueError without a release."""
    release = read_current(home)
    if release is None:
        raise ValueError(f"no release in {home.path}")
    with tempfile.TemporaryDirectory(prefix="junheng-bench-site-") as name:
        database, site = Path(name) / release.database.name, Path(name) / "site"
        copied(release.database, database, counties)
        begun = time.process_time()
        write_site(database, NightFacts(1, "2026-03-01", (), (), ()), read_manifest_of(release.path), site)
        seconds = time.process_time() - begun
        sizes = [path.stat().st_size for path in site.rglob("*") if path.is_file()]
        largest = max(path.stat().st_size for path in site.rglob("*.html"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"files": len(sizes), "megabytes": sum(sizes) / 1e6, "largest": largest / 1e3, "peak": peak}
    return _ROW.format(counties=counties, seconds=seconds, **figures)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--counties", type=int, default=120)
    words = parser.parse_args()
    print(measured(Home(words.home.resolve()), words.counties))
