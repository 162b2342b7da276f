"""``make hashes [BEFORE=file]``: the hash of each mart over the nights of a home; which differ from those before, and why.

A change that is to leave the marts alone is shown by it: print the hashes before, compare with them after. The nights are read as
they lie in the home; seeds and models are built by the dbt project of this checkout, in a temporary database. The list of reasons
(``--reasons``, YAML: mart -> sentence) is that of the change at hand; a mart that differs without a reason, or has a reason and
does not differ, ends the command with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from junheng.core.home import Home
from publish.build import build, dbt, ground, spark
from publish.tables.hashing import content_hash


def hashes_of(home: Home, engine: str = "duckdb") -> dict[str, str]:
    """Hash of each mart, built anew over all nights of ``home``. Raises ``RuntimeError`` with the words of dbt.

    On ``spark`` what only seeds decide is taken from where `make setup` built it.
    """
    with tempfile.TemporaryDirectory(prefix="junheng-hashes-") as name:
        folder = Path(name)
        database = folder / "hashes.duckdb"
        dbt.make_target(folder)
        words = ["--quiet", "build", "--exclude-resource-type", "test", "unit_test"]
        if engine == "spark":
            is_laid = ground.lay(folder, database)
            build.prepare(home, database, [], is_new=not is_laid)
            if spark.build(folder, database, [*words, *(["--select", ground.ABOVE] if is_laid else [])]):
                raise RuntimeError("the build on Spark failed")
            return content_hash(database, folder / "target" / "manifest.json").tables
        build.prepare(home, database, [])
        done = dbt.run(words, folder, database)
        if done.returncode:
            raise RuntimeError((done.stdout + done.stderr).strip())
        return content_hash(database, folder / "target" / "manifest.json").tables


def compared(before: Mapping[str, str], after: Mapping[str, str], reasons: Mapping[str, str]) -> tuple[list[str], bool]:
    """Lines on what differs, and whether the reasons given are those of what differs, no more and no less."""
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    lines = [f"{len(before.keys() & after.keys()) - len(differing & before.keys() & after.keys())} marts have the same hash"]
    for name in sorted(differing | set(reasons)):
        how = "gone" if name not in after else "new" if name not in before else "differs" if name in differing else "the same"
        lines.append(f"{name}: {how}: {reasons.get(name, 'NO REASON GIVEN')}")
    return lines, differing == set(reasons)


def main() -> int:
    """Print hashes as JSON, or compare them with those of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--before", type=Path, help="what this command printed before the change")
    parser.add_argument("--reasons", type=Path, help="YAML: mart -> why it differs")
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb", help="what builds")
    options = parser.parse_args()
    now = hashes_of(Home(options.home), options.engine)
    if options.before is None:
        print(json.dumps(now, indent=1, sort_keys=True))
        return 0
    reasons = yaml.safe_load(options.reasons.read_text(encoding="utf-8")) if options.reasons else None
    lines, is_explained = compared(json.loads(options.before.read_text(encoding="utf-8")), now, reasons or {})
    print("\n".join(lines))
    return 0 if is_explained else 1


if __name__ == "__main__":
    sys.exit(main())
