"""``python -m bench.prepare --home HOME --db FILE --ruleset R``: the build file as the nightly makes it."""

from __future__ import annotations

import argparse
from pathlib import Path

from junheng.core.home import Home
from publish.build.build import prepare

if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.prepare")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--ruleset", action="append", default=[])
    options = parser.parse_args()
    prepare(Home(options.home), options.db, options.ruleset)
