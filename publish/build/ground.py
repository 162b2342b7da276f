"""What only seeds decide, built once for each state of the project: ``python -m publish.build.ground``.

Seeds, the models that read nothing but seeds, and their tests say the same every night. `make setup` builds them into a database
of their own, and a build goes on from its copy. Where that never ran, or anything changed since, a build does it all itself.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from junheng.core.chain import sha256_of
from junheng.core.settings import BUILD_DB, DBT_PROJECT
from publish.build import dbt
from publish.build.code import code_hashes

RESULTS = "run_results.json"
"""What dbt said of each node."""
ABOVE = "source:*+"
"""The nodes of dbt that read anything of a night, and all below: what stands on the ground."""
_KEPT = DBT_PROJECT / "target" / "ground"
_SEAL = "ground.json"


def lay(folder: Path, build_db: Path) -> bool:
    """Begin a build with its database, and what dbt said of its nodes in ``folder``. False when there is none that is usable."""
    if not _is_usable():
        return False
    shutil.copyfile(_KEPT / BUILD_DB, build_db)
    shutil.copyfile(_KEPT / RESULTS, folder / RESULTS)
    return True


def _is_usable() -> bool:
    """Whether what is kept is of the project as it is now, and as it was left."""
    try:
        return bool(json.loads((_KEPT / _SEAL).read_text(encoding="utf-8")) == _seal(_KEPT))
    except (OSError, ValueError):
        return False


def _seal(folder: Path) -> dict[str, str]:
    """What the ground is made of and with, and its files."""
    hashes = code_hashes()
    made_of = [*map(version, ("dbt-core", "dbt-duckdb", "duckdb")), *(hashes[part] for part in ("dbt_project", "codes", "rules"))]
    files = {name: sha256_of(folder / name) for name in (BUILD_DB, RESULTS)}
    return {"made_of": hashlib.sha256(json.dumps(made_of).encode()).hexdigest(), **files}


def make() -> None:
    """Build the ground of the project as it is now. Raises ``RuntimeError`` with the words of dbt."""
    with tempfile.TemporaryDirectory(prefix="junheng-ground-") as name:
        folder = Path(name)
        dbt.make_target(folder)
        words = ["--quiet", *dbt.BUILD, ABOVE]
        done = dbt.run(words, folder, folder / BUILD_DB)
        if done.returncode:
            raise RuntimeError((done.stdout + done.stderr).strip())
        shutil.rmtree(_KEPT, ignore_errors=True)
        _KEPT.mkdir(parents=True)
        shutil.move(folder / BUILD_DB, _KEPT)
        shutil.move(folder / "target" / RESULTS, _KEPT)
    (_KEPT / _SEAL).write_text(json.dumps(_seal(_KEPT)), encoding="utf-8")


if __name__ == "__main__":
    make()
