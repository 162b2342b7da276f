"""``python -m samples --out DIR [--seed N]``: write the sample county's landing files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from samples.county import SEED, generate
from samples.landing import write_landing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m samples", description="Write the landing files of the sample county 示范县.")
    parser.add_argument("--out", type=Path, required=True, help="landing folder to write to")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    county = generate(options.seed)
    write_landing(county, options.out)
    files = sum(1 for path in (options.out / county.code).rglob("*") if path.is_file())
    print(f"{county.name} ({county.code}): {files} files in {options.out / county.code}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
