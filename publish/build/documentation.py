"""The documentation page of the dbt project and the origin of its columns, kept per state of the project.

`make setup` makes both once (``python -m publish.build.documentation``). Where that never ran, or something changed since, the
first release makes them and the home keeps them.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from junheng.core.home import Home, stage
from junheng.core.settings import BUILD_DB, DBT_PROJECT
from publish.build import dbt
from publish.build.code import code_hashes
from publish.tables import dbt_docs, lineage

FOLDER = "dbt_docs"
"""Of a release, where the page lies."""
_TARGET = DBT_PROJECT / "target"
_READABLE = 0o644
"""Who sets the program up need not be who runs it."""


def name_of_page() -> str:
    """File name that says what the page is made of: dbt project, seeds, dbt, and what writes it."""
    hashes = code_hashes()
    digest = hashlib.sha256(
        "".join([version("dbt-core"), *(hashes[part] for part in ("dbt_project", "codes", "rules"))]).encode()
    )
    for module in (dbt_docs, lineage):
        digest.update(Path(str(module.__file__)).read_bytes())
    return f"dbt_docs-{digest.hexdigest()[:16]}.html"


def copy_page(home: Home, release: Path) -> None:
    """Put the page into the folder of a release. Raises as :func:`page_of`."""
    folder = release / FOLDER
    folder.mkdir()
    shutil.copyfile(page_of(home), folder / "index.html")


def page_of(home: Home) -> Path:
    """The page of the project as it is now. Raises ``RuntimeError`` with the words of dbt where it cannot be made."""
    return _kept(home, name_of_page())


def lineage_of(home: Home) -> lineage.Lineage:
    """The origin of every column of the project as it is now. Raises as :func:`page_of`."""
    return lineage.read_written(_kept(home, _name_of_lineage()).read_text(encoding="utf-8"))


def _name_of_lineage() -> str:
    return Path(name_of_page()).with_suffix(".json").name


def _kept(home: Home, name: str) -> Path:
    """A file of the project as it is now: that of `make setup`, else the one of the home."""
    for folder in (_TARGET, home.work):
        if (folder / name).is_file():
            return folder / name
    with tempfile.TemporaryDirectory(prefix="junheng-docs-") as folder_name:
        _write(_compiled(Path(folder_name)), home.work)
    return home.work / name


def _write(manifest: Path, folder: Path) -> None:
    """Write what is kept of a compiled project, in the place of what was kept of another state of it."""
    known = lineage.read_lineage(manifest, DBT_PROJECT)
    for stray in folder.glob("dbt_docs-*"):
        stray.unlink()
    for name, text in ((name_of_page(), dbt_docs.page(manifest, lineage=known)), (_name_of_lineage(), known.written())):
        stage(folder / name, text.encode(), _READABLE).replace(folder / name)


def _compiled(folder: Path) -> Path:
    """The manifest of the project, compiled in ``folder``."""
    dbt.make_target(folder)
    return _compile(folder, folder / BUILD_DB)


def _compile(folder: Path, build_db: Path, *words: str) -> Path:
    done = dbt.run(["--quiet", *words, "compile", "--no-introspect"], folder, build_db)
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr).strip())
    return folder / "target" / "manifest.json"


def main() -> None:
    """Parse and compile the project anew, and write its page beside its manifest."""
    with tempfile.TemporaryDirectory(prefix="junheng-docs-") as folder:
        manifest = _compile(DBT_PROJECT, Path(folder) / BUILD_DB, "--no-partial-parse")
    _write(manifest, _TARGET)


if __name__ == "__main__":
    main()
