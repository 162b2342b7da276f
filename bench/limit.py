"""``python -m bench.limit --home HOME [--packed] --out FILE``: the hand-written SQL, from bronze to a DuckDB file."""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from bench.nation import SOURCES, bronze_glob, one_file
from junheng.core.home import Home


def run(home: Home, out: Path, packed: bool = False) -> None:
    """Build ``out`` from the bronze of ``home``; ``packed``: from the one file of each source."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    for source in SOURCES:
        sql = sql.replace(f"{{{source}}}", str(one_file(home, source)) if packed else bronze_glob(home, source))
    with duckdb.connect(str(out)) as connection:
        connection.execute("set threads = 2; set preserve_insertion_order = false")
        connection.execute(sql)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.limit")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--packed", action="store_true")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    run(Home(options.home), options.out, options.packed)
