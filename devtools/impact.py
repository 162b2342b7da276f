"""``make impact COLUMN=model.column``: what a changed column reaches, before it is changed.

Said are the columns that its value goes into, the models whose rows it decides, and the readers outside: exposures of marts that
are reached, and files of the project that name such a mart together with a column of it that is reached.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publish.tables.lineage import ColumnName, Lineage, read_lineage

ROOT = Path(__file__).resolve().parents[1]
READERS = ("junheng", "ingest", "expectations", "publish", "dags")
"""Packages whose files may read marts."""
_SUFFIXES = {".py", ".yml", ".j2", ".sql"}
_WORD = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Impact:
    """What one column reaches."""

    column: ColumnName
    fed: dict[str, list[str]]
    """Columns that its value goes into, by model."""
    steered: list[str]
    """Models whose rows it decides, itself or by a column it goes into."""
    exposures: list[str]
    """Names of the exposures that read a mart which is reached."""
    files: list[str]
    """Files of the project that name a reached column together with its mart."""


def words_of(root: Path) -> dict[str, set[str]]:
    """Every file that may read marts, with the words in it."""
    files = [path for name in READERS for path in sorted((root / name).rglob("*")) if path.suffix in _SUFFIXES]
    return {str(path.relative_to(root)): set(_WORD.findall(path.read_text(encoding="utf-8"))) for path in files}


def impact(column: ColumnName, lineage: Lineage, manifest: dict[str, Any], words: dict[str, set[str]]) -> Impact:
    """What ``column`` reaches. Raises ``LookupError`` with the nearest names where there is no such column."""
    if column.column not in getattr(lineage.traces.get(column.model), "columns", {}):
        known = [str(ColumnName(model, name)) for model, trace in lineage.traces.items() for name in trace.columns]
        near = difflib.get_close_matches(str(column), known, n=5)
        raise LookupError(f"no column {column}; near it: {', '.join(near) or 'nothing'}")
    reached = {column} | lineage.fed_by(column)
    fed: dict[str, list[str]] = defaultdict(list)
    for name in sorted(reached - {column}):
        fed[name.model].append(name.column)
    steered = sorted(lineage.steered_by(reached))
    changed = {name.model for name in reached} | set(steered)
    exposures = [
        exposure["name"]
        for exposure in manifest["exposures"].values()
        if changed & {uid.rpartition(".")[2] for uid in exposure["depends_on"]["nodes"]}
    ]
    files = [path for path, text in words.items() if any(name.model in text and name.column in text for name in reached)]
    return Impact(column, dict(fed), steered, sorted(exposures), files)


def told(reach: Impact) -> str:
    """The impact as lines to read; marts last, for they are what others depend on."""
    order = sorted(reach.fed, key=lambda model: (not model.startswith(("seed", "stg_")), not model.startswith("int_"), model))
    lines = [f"{reach.column} goes into"]
    lines += [f"  {model}: {', '.join(reach.fed[model])}" for model in order] or ["  no other column"]
    lines += ["and decides rows of", f"  {', '.join(reach.steered) or 'no model'}"]
    lines += ["read by the exposures", f"  {', '.join(reach.exposures) or 'none'}"]
    lines += ["named by the files", *(f"  {path}" for path in reach.files or ["none"])]
    return "\n".join(lines)


def main() -> int:
    """Print the impact of a column; 2 where there is no such column."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("column", help="model.column")
    parser.add_argument("--manifest", type=Path, required=True, help="manifest.json of dbt compile")
    options = parser.parse_args()
    model, _, column = str(options.column).partition(".")
    lineage = read_lineage(options.manifest, ROOT / "dbt_project")
    try:
        reach = impact(
            ColumnName(model, column), lineage, json.loads(options.manifest.read_text(encoding="utf-8")), words_of(ROOT)
        )
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    print(told(reach))
    return 0


if __name__ == "__main__":
    sys.exit(main())
