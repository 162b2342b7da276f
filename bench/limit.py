"""``python -m bench.limit --home HOME --out FILE``: the hand-written SQL, from bronze to a DuckDB file."""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from bench.nation import SOURCE
from junheng.home import Home


def run(home: Home, out: Path) -> None:
    """Build ``out`` from the home's bronze."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    bronze = (home.bronze / SOURCE / "*" / "part-0.parquet").as_posix()
    with duckdb.connect(str(out)) as connection:
        connection.execute("set threads = 2; set preserve_insertion_order = false")
        connection.execute(sql.replace("{bronze}", bronze))


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.limit")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    run(Home(options.home), options.out)
