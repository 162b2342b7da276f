"""``python -m bench.limit --bronze GLOB --out FILE``: the hand-written SQL, from bronze to a DuckDB file."""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb


def run(bronze: str, out: Path) -> None:
    """Build ``out`` from the Parquet files that the glob ``bronze`` names."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with duckdb.connect(str(out)) as connection:
        connection.execute("set threads = 2; set preserve_insertion_order = false")
        connection.execute(sql.replace("{bronze}", bronze))


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.limit")
    parser.add_argument("--bronze", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    run(options.bronze, options.out)
